const HUES = 8;

/** One of eight hues for a person or guild, the same everywhere and every time. */
export const hueOf = (id: string): number =>
  Array.from(id).reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 4_093, 7) %
  HUES;

/** One or two letters to stand for a name: of two words their first, of one word its first two. */
export const initialsOf = (name: string): string => {
  const words = name.split(/[\s._-]+/).filter((word) => word !== '');
  const letters =
    words.length > 1
      ? Array.from(words[0] ?? '')
          .slice(0, 1)
          .concat(Array.from(words[1] ?? '').slice(0, 1))
      : Array.from(words[0] ?? '').slice(0, 2);
  return letters.join('').toUpperCase();
};
