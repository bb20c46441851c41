/** A short list for quick reactions; anything else can be typed. */
export const EMOJI = [
  '👍', '❤️', '😂', '🔥', '🎉', '👀', '🙏', '✅',
  '😊', '😍', '🤔', '😮', '😢', '😡', '👏', '💯',
  '🚀', '✨', '⭐', '💡', '☕', '🍕', '🎂', '🌱',
  '👋', '💪', '🤝', '🙌', '👌', '🫡', '😎', '🥳',
  '😴', '🤯', '😅', '🙈', '💔', '❌', '❓', '❗',
] as const; // prettier-ignore

const CODE_POINTS_MAX = 32;

/** What the server takes as a reaction (base contract 5.1): 1 to 32 code points without white space. */
export const isReaction = (typed: string): boolean => {
  const length = Array.from(typed).length;
  return length >= 1 && length <= CODE_POINTS_MAX && !/\s/u.test(typed);
};
