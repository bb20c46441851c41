// A list of tokens that stays balanced and within its bound, whatever is pushed.
import { type MarkdownToken } from '../contract/markdown.ts';
import { TOKENS_MAX } from './bounds.ts';

export type EndToken = Extract<MarkdownToken, { type: `${string}_end` }>;

export type BalancedTokens = {
  readonly push: (token: MarkdownToken) => void;
  readonly open: (start: MarkdownToken, end: EndToken) => void;
  /** Closes what was opened last. */
  readonly close: () => void;
  /** All tokens, with what is still open closed. Nothing can be added any more. */
  readonly finish: () => readonly MarkdownToken[];
};

/** Makes an empty list. Once a token found no room, all that follow are left out too: no text with holes. */
export const createBalancedTokens = (): BalancedTokens => {
  const tokens: MarkdownToken[] = [];
  const ends: EndToken[] = []; // Of what is open, for which room is kept
  let isFull = false;

  const fits = (count: number): boolean => {
    isFull ||= tokens.length + ends.length + count > TOKENS_MAX;
    return !isFull;
  };
  const closeLast = (): void => {
    const end = ends.pop();
    if (end !== undefined) tokens.push(end);
  };
  return {
    push: (token) => {
      if (fits(1)) tokens.push(token);
    },
    open: (start, end) => {
      if (!fits(2)) return;
      tokens.push(start);
      ends.push(end);
    },
    close: () => {
      if (!isFull) closeLast();
    },
    finish: () => {
      isFull = true;
      while (ends.length > 0) closeLast();
      return tokens;
    },
  };
};
