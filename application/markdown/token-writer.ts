// Writes the tokens of one text, by the rules of base contract 5.5 for text, links and code. Their keys are in alphabetical
// order, as frames have them (4.4), so that a frame needs no sorted copy of them.
import { type MarkdownToken } from '../contract/markdown.ts';
import { createBalancedTokens, type EndToken } from './balanced-tokens.ts';
import {
  CODE_BLOCK_BYTES_MAX,
  CODE_BLOCKS_MAX,
  cutToBytes,
  isCharacterBoundary,
  LANGUAGE_BYTES_MAX,
  TEXT_BYTES_MAX,
} from './bounds.ts';
import { allowedHref, splitAtBareUrls } from './links.ts';

export type LeafToken = Extract<MarkdownToken, { type: 'soft_break' | 'hard_break' }>;
type StartToken = Exclude<
  Extract<MarkdownToken, { type: `${string}_start` }>,
  { type: 'link_start' }
>;

export type TokenWriter = {
  readonly open: (start: StartToken, end: EndToken) => void;
  readonly close: () => void;
  /** Opens a link; one that isn't allowed, or inside another, comes to nothing but its text. */
  readonly openLink: (address: string) => void;
  readonly closeLink: () => void;
  readonly text: (text: string) => void;
  readonly code: (code: string) => void;
  readonly codeBlock: (info: string, lines: readonly string[]) => void;
  readonly leaf: (leaf: LeafToken) => void;
  /** Everything written, with what is still open closed. */
  readonly finish: () => readonly MarkdownToken[];
};

const LINK_END: EndToken = { type: 'link_end' };
const LANGUAGE = /^[A-Za-z0-9_.+-]+$/;

/** The language a fence names, or null where its info string is anything but one plain word. */
export const languageOf = (info: string): string | null => {
  const word = info.trim();
  return word.length <= LANGUAGE_BYTES_MAX && LANGUAGE.test(word) ? word.toLowerCase() : null;
};

/** The code of a block by the contract's rule: cut line by line, a line dropped whole if the cut would split a character. */
export const boundedCode = (lines: readonly string[]): string => {
  let code = '';
  let room = CODE_BLOCK_BYTES_MAX;
  for (const line of lines) {
    const bytes = Buffer.byteLength(line);
    if (bytes > room && !isCharacterBoundary(line, room)) continue;
    code += cutToBytes(line, room);
    room -= Math.min(bytes, room);
  }
  return code;
};

/** Makes a writer for one text. */
export const createTokenWriter = (): TokenWriter => {
  const { push, open, close, finish } = createBalancedTokens();
  const links: boolean[] = []; // Of each link opened, whether it was let through
  let linksOpen = 0;
  let codeBlocks = 0;

  const plain = (text: string): void => {
    if (text !== '') push({ text: cutToBytes(text, TEXT_BYTES_MAX), type: 'text' });
  };
  const text = (written: string): void => {
    if (linksOpen > 0 || !written.includes(':')) {
      plain(written);
      return;
    }
    for (const { text: part, href } of splitAtBareUrls(written)) {
      if (href !== null) open({ href, type: 'link_start' }, LINK_END);
      plain(part);
      if (href !== null) close();
    }
  };

  return {
    open,
    close,
    text,
    finish,
    leaf: push,
    openLink: (address) => {
      const href = linksOpen > 0 ? null : allowedHref(address);
      links.push(href !== null);
      if (href === null) return;
      linksOpen++;
      open({ href, type: 'link_start' }, LINK_END);
    },
    closeLink: () => {
      if (links.pop() !== true) return;
      linksOpen--;
      close();
    },
    code: (code) => push({ code: cutToBytes(code, TEXT_BYTES_MAX), type: 'code' }),
    codeBlock: (info, lines) => {
      codeBlocks++;
      if (codeBlocks > CODE_BLOCKS_MAX) for (const line of lines) text(line);
      else push({ code: boundedCode(lines), language: languageOf(info), type: 'fenced_code' });
    },
  };
};
