// The parser: markdown-it for what CommonMark means, its renderer never (docs/decisions/markdown.md).
import MarkdownIt, { type Env, type MarkdownIt as Parser, type Token } from 'markdown-it';

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

/** Makes the state of one parse. */
export const createParserEnv = (): Env => ({ [labelWork]: 0, [lineWork]: 0 });

const boundLabelWork = (parser: Parser): void => {
  const { parseLinkLabel } = parser.helpers;
  parser.helpers.parseLinkLabel = (state, start, disableNested) => {
    if (Number(state.env[labelWork]) > LABEL_WORK_MAX) return -1; // As if the bracket were never closed.
    const end = parseLinkLabel(state, start, disableNested);
    const looked = (end < 0 ? state.posMax : end) - start;
    state.env[labelWork] = Number(state.env[labelWork]) + looked;
    return end;
  };
};

// A rule ahead of all others that counts, and past the bound swallows the rest, so that the parser ends at once.
const boundLineWork = (parser: Parser): void =>
  parser.block.ruler.before(
    'blockquote',
    'line_work',
    (state, _startLine, endLine, silent) => {
      const done = Number(state.env[lineWork]) + 1;
      state.env[lineWork] = done;
      if (done <= LINE_WORK_MAX) return false;
      if (!silent) state.line = endLine;
      return true;
    },
    { alt: ['paragraph', 'reference', 'blockquote', 'list'] },
  );

/** Makes a CommonMark parser that leaves addresses as they are written, because `links.ts` alone judges them. */
export const createCommonMarkParser = (): Parser => {
  const parser = new MarkdownIt('commonmark', { maxNesting: NESTING_MAX });
  // The library would percent-encode and refuse by its own list; clients of the contract expect the original.
  parser.normalizeLink = (url) => url;
  parser.normalizeLinkText = (text) => text;
  parser.validateLink = () => true;
  boundLabelWork(parser);
  boundLineWork(parser);
  return parser;
};

/** Whether the parser met a bound beyond which it leaves out blocks: the nesting, or the lines looked at. */
export const isIncomplete = (env: Env, blocks: readonly Token[]): boolean =>
  Number(env[lineWork]) > LINE_WORK_MAX ||
  blocks.some((block) => block.nesting === 1 && block.level >= NESTING_MAX - 1);
