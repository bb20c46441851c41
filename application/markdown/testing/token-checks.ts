import { isRight } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { MarkdownToken } from '../../contract/markdown.ts';
import { TEXT_BYTES_MAX, TOKENS_MAX, CODE_BLOCK_BYTES_MAX, CODE_BLOCKS_MAX } from '../bounds.ts';

const KINDS_WITH_END = /^(.*)_(start|end)$/;

/** What is wrong with tokens by base contract 5.5, or null. */
export const faultOf = (tokens: readonly MarkdownToken[]): string | null => {
  if (!isRight(t.readonlyArray(MarkdownToken).decode(tokens))) return 'a token the codec refuses';
  if (tokens.length > TOKENS_MAX) return 'too many tokens';
  if (tokens.filter((token) => token.type === 'fenced_code').length > CODE_BLOCKS_MAX)
    return 'too many code blocks';
  const open: string[] = [];
  for (const token of tokens) {
    const [, kind, edge] = KINDS_WITH_END.exec(token.type) ?? [];
    if (kind === 'link' && edge === 'start' && open.includes('link')) return 'a link in a link';
    if (kind !== undefined && edge === 'start') open.push(kind);
    if (kind !== undefined && edge === 'end' && open.pop() !== kind) return `unbalanced ${kind}`;
    const fault = faultOfOne(token);
    if (fault !== null) return fault;
  }
  return open.length === 0 ? null : `still open: ${open.join(' ')}`;
};

const faultOfOne = (token: MarkdownToken): string | null => {
  if (token.type === 'link_start' && !/^(https?|mailto):/i.test(token.href))
    return `a link to ${token.href}`;
  if (token.type === 'text' && token.text === '') return 'empty text';
  if (token.type === 'text' && Buffer.byteLength(token.text) > TEXT_BYTES_MAX) return 'long text';
  if (token.type === 'code' && Buffer.byteLength(token.code) > TEXT_BYTES_MAX) return 'long code';
  if (token.type === 'fenced_code' && Buffer.byteLength(token.code) > CODE_BLOCK_BYTES_MAX)
    return 'a long code block';
  return null;
};

/** All text shown, in order. */
export const shownText = (tokens: readonly MarkdownToken[]): string =>
  tokens
    .map((token) => {
      if (token.type === 'text') return token.text;
      return token.type === 'code' || token.type === 'fenced_code' ? token.code : '';
    })
    .join('');

/** The same tokens with neighbouring texts joined, the form in which two parsers can be compared. */
export const joined = (tokens: readonly MarkdownToken[]): readonly MarkdownToken[] => {
  const result: MarkdownToken[] = [];
  for (const token of tokens) {
    const last = result.at(-1);
    if (token.type === 'text' && last?.type === 'text')
      result[result.length - 1] = { type: 'text', text: last.text + token.text };
    else result.push(token);
  }
  return result;
};
