// The parser: markdown-it for what CommonMark means, its renderer never (docs/decisions/markdown.md).
import MarkdownIt, { type MarkdownIt as Parser, type Options, type Token } from 'markdown-it';

// Lists take two levels each: 20 of them, or 40 quotes, before a text counts as hostile.
export const NESTING_MAX = 40;

// Each `[` makes the parser look for its `]`, if need be to the end of the paragraph. The characters looked at in all
// come to a few times the length of an honest text, and to its square for a hostile one; from here on, a `[` is a `[`.
export const LABEL_WORK_MAX = 32_768;

// The lines looked at for the start or end of a block. Honest text needs a few looks a line and level of nesting; after
// lines that may or may not continue a quote, the parser looks through all that follow again and again.
export const LINE_WORK_MAX = 8192;

const labelWork = Symbol('labelWork');
const lineWork = Symbol('lineWork');

/** What one parse has counted so far. */
export type ParserEnv = { [labelWork]: number; [lineWork]: number };

export const createParserEnv = (): ParserEnv => ({ [labelWork]: 0, [lineWork]: 0 });

// The library hands it through untyped.
const envOf = ({ env }: { readonly env: unknown }): ParserEnv => env as ParserEnv;

const boundLabelWork = (parser: Parser): void => {
  const { parseLinkLabel } = parser.helpers;
  parser.helpers.parseLinkLabel = (state, start, disableNested) => {
    const env = envOf(state);
    if (env[labelWork] > LABEL_WORK_MAX) return -1; // As if the bracket were never closed.
    const end = parseLinkLabel(state, start, disableNested);
    env[labelWork] += (end < 0 ? state.posMax : end) - start;
    return end;
  };
};

// A rule ahead of all others that counts, and past the bound swallows the rest, so that the parser ends at once.
const boundLineWork = (parser: Parser): void =>
  parser.block.ruler.before(
    'blockquote',
    'line_work',
    (state, _startLine, endLine, silent) => {
      const env = envOf(state);
      const done = env[lineWork] + 1;
      env[lineWork] = done;
      if (done <= LINE_WORK_MAX) return false;
      if (!silent) state.line = endLine;
      return true;
    },
    { alt: ['paragraph', 'reference', 'blockquote', 'list'] },
  );

// Its types leave the nesting out.
const OPTIONS: Options & { readonly maxNesting: number } = { maxNesting: NESTING_MAX };

/** Makes a CommonMark parser that leaves addresses as they are written, because `links.ts` alone judges them. */
export const createCommonMarkParser = (): Parser => {
  const parser = new MarkdownIt('commonmark', OPTIONS);
  // The library would percent-encode and refuse by its own list; clients of the contract expect the original.
  parser.normalizeLink = (url) => url;
  parser.normalizeLinkText = (text) => text;
  parser.validateLink = () => true;
  boundLabelWork(parser);
  boundLineWork(parser);
  return parser;
};

/** Whether the parser met a bound beyond which it leaves out blocks: the nesting, or the lines looked at. */
export const isIncomplete = (env: ParserEnv, blocks: readonly Token[]): boolean =>
  env[lineWork] > LINE_WORK_MAX ||
  blocks.some((block) => block.nesting === 1 && block.level >= NESTING_MAX - 1);
