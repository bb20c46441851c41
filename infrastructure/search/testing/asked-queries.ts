// Texts of few words, and queries over them with what they mean, for comparing with brute force.
import * as fc from 'fast-check';

// By Zipf: the first word stands in every other message, the last in a few.
export const WORDS = Array.from({ length: 60 }, (_, n) => `w${n.toString(36)}`);

/** The same numbers each time, from 0 to 1. */
export const seeded = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
  return seed / 2 ** 31;
};

/** One to nine words of a message. */
export const drawnWords = (random: () => number): readonly string[] =>
  Array.from(
    { length: 1 + Math.floor(random() * 9) },
    () => WORDS[Math.floor(WORDS.length ** random()) - 1] ?? 'w0',
  );

export type Asked = { readonly q: string; readonly meets: (words: readonly string[]) => boolean };

const word = fc.constantFrom(...WORDS, 'edited', 'nowhere');
const holds = (one: string) => (words: readonly string[]) => words.includes(one);
const phrase = (wanted: readonly string[]) => (words: readonly string[]) =>
  words.some((_, at) => wanted.every((one, offset) => words[at + offset] === one));
export const ASKED: fc.Arbitrary<Asked> = fc.oneof(
  word.map((a) => ({ q: a, meets: holds(a) })),
  fc.tuple(word, word).map(([a, b]) => ({
    q: `${a} AND ${b}`,
    meets: (words: readonly string[]) => words.includes(a) && words.includes(b),
  })),
  fc.tuple(word, word).map(([a, b]) => ({
    q: `${a} -${b}`,
    meets: (words: readonly string[]) => words.includes(a) && !words.includes(b),
  })),
  fc.tuple(word, word, word).map(([a, b, c]) => ({
    q: `${a} ${b} ${c}`,
    meets: (words: readonly string[]) => [a, b, c].some((one) => words.includes(one)),
  })),
  fc.tuple(word, word, word).map(([a, b, c]) => ({
    q: `+${a} ${b} -${c}`,
    meets: (words: readonly string[]) => words.includes(a) && !words.includes(c),
  })),
  fc.tuple(word, word, word).map(([a, b, c]) => ({
    q: `(${a} OR ${b}) AND ${c}`,
    meets: (words: readonly string[]) =>
      words.includes(c) && (words.includes(a) || words.includes(b)),
  })),
  fc.array(word, { minLength: 2, maxLength: 3 }).map((wanted) => ({
    q: `"${wanted.join(' ')}"`,
    meets: phrase(wanted),
  })),
);
