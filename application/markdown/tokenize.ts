// Markdown as the safe tokens of base contract 5.5, computed from the stored text on every read.
import { type Int } from 'io-ts';
import { type Token } from 'markdown-it';
import { type MarkdownToken } from '../contract/markdown.ts';
import { type EndToken } from './balanced-tokens.ts';
import { cutToBytes, MARKDOWN_BYTES_MAX } from './bounds.ts';
import { createCommonMarkParser, createParserEnv, isIncomplete } from './commonmark-parser.ts';
import { createTokenWriter, type LeafToken, type TokenWriter } from './token-writer.ts';
import { isTooCostly } from './work-bound.ts';

const parser = createCommonMarkParser();

const PARAGRAPH_START = { type: 'paragraph_start' } as const;
const PARAGRAPH_END: EndToken = { type: 'paragraph_end' };
const HEADING_END: EndToken = { type: 'heading_end' };
const LIST_END: EndToken = { type: 'list_end' };
const ITEM_START = { type: 'list_item_start' } as const;
const ITEM_END: EndToken = { type: 'list_item_end' };
const EMPHASIS_START = { type: 'emphasis_start' } as const;
const EMPHASIS_END: EndToken = { type: 'emphasis_end' };
const STRONG_START = { type: 'strong_start' } as const;
const STRONG_END: EndToken = { type: 'strong_end' };
const SOFT_BREAK: LeafToken = { type: 'soft_break' };
const HARD_BREAK: LeafToken = { type: 'hard_break' };

// Not the destination: for `<a@b.test>` the parser makes up a `mailto:`, while the contract links what is written.
const addressOf = (link: Token, label: Token | undefined): string =>
  link.markup === 'autolink' ? (label?.content ?? '') : (link.attrGet('href') ?? '');

// HTML tags and image markers are dropped by having no case.
const writeInline = (writer: TokenWriter, inline: readonly Token[]): void => {
  for (const [at, token] of inline.entries()) {
    switch (token.type) {
      case 'text':
      case 'text_special':
        writer.text(token.content);
        break;
      case 'softbreak':
        writer.leaf(SOFT_BREAK);
        break;
      case 'hardbreak':
        writer.leaf(HARD_BREAK);
        break;
      case 'code_inline':
        writer.code(token.content);
        break;
      case 'em_open':
        writer.open(EMPHASIS_START, EMPHASIS_END);
        break;
      case 'strong_open':
        writer.open(STRONG_START, STRONG_END);
        break;
      case 'link_open':
        writer.openLink(addressOf(token, inline[at + 1]));
        break;
      case 'link_close':
        writer.closeLink();
        break;
      case 'em_close':
      case 'strong_close':
        writer.close();
        break;
      case 'image':
        writeInline(writer, token.children ?? []);
        break;
    }
  }
};

const linesOf = (code: string): readonly string[] => code.match(/[^\n]*\n|[^\n]+$/g) ?? [];

// Quote marks, rules and HTML blocks are dropped by having no case; so are the paragraphs of a tight list.
const writeBlock = (writer: TokenWriter, block: Token): void => {
  switch (block.type) {
    case 'paragraph_open':
      if (!block.hidden) writer.open(PARAGRAPH_START, PARAGRAPH_END);
      break;
    case 'heading_open':
      writer.open({ level: Number(block.tag.slice(1)) as Int, type: 'heading_start' }, HEADING_END);
      break;
    case 'bullet_list_open':
    case 'ordered_list_open':
      writer.open({ ordered: block.type === 'ordered_list_open', type: 'list_start' }, LIST_END);
      break;
    case 'list_item_open':
      writer.open(ITEM_START, ITEM_END);
      break;
    case 'paragraph_close':
      if (!block.hidden) writer.close();
      break;
    case 'heading_close':
    case 'bullet_list_close':
    case 'ordered_list_close':
    case 'list_item_close':
      writer.close();
      break;
    case 'inline':
      writeInline(writer, block.children ?? []);
      break;
    case 'fence':
    case 'code_block':
      writer.codeBlock(parser.utils.unescapeAll(block.info), linesOf(block.content));
      break;
  }
};

const asOneParagraph = (lines: readonly string[]): readonly MarkdownToken[] => {
  const writer = createTokenWriter();
  writer.open(PARAGRAPH_START, PARAGRAPH_END);
  for (const [at, line] of lines.entries()) {
    if (at > 0) writer.leaf(SOFT_BREAK);
    writer.text(line);
  }
  return writer.finish();
};

/** The tokens of a text as the parser reads it, or as plain lines if it would cost too much or nests too deep. */
export const tokenizeByParser = (text: string): readonly MarkdownToken[] => {
  const asItStands = () => asOneParagraph(text.replaceAll('\0', '\ufffd').split(/\r\n?|\n/));
  if (isTooCostly(text)) return asItStands();
  const env = createParserEnv();
  const blocks = parser.parse(text, env);
  if (isIncomplete(env, blocks)) return asItStands();
  const writer = createTokenWriter();
  for (const block of blocks) writeBlock(writer, block);
  return writer.finish();
};

const INLINE_MARKS = /[\\`*_[<&\r\0]/;
// What could begin a block other than a paragraph, break a line hard or leave it empty. Too much in doubt.
const PLAIN_LINE = /^(?!\d{1,9}[.)])[^\s#>=~+-](?:.*\S)?$/u;

/**
 * The tokens of a text of any length: balanced, at most `TOKENS_MAX`, links only to http, https and mailto. Most chat
 * lines hold no marks at all; those are not worth a parser, and get what the parser would give.
 */
export const tokenize = (text: string): readonly MarkdownToken[] => {
  const bounded = cutToBytes(text, MARKDOWN_BYTES_MAX);
  if (!INLINE_MARKS.test(bounded)) {
    const lines = bounded.split('\n');
    if (lines.every((line) => PLAIN_LINE.test(line))) return asOneParagraph(lines);
  }
  return tokenizeByParser(bounded);
};
