import { isDeepStrictEqual } from 'node:util';
import { tests as commonMarkExamples } from 'commonmark-spec';
import * as fc from 'fast-check';
import { faultOf, shownText } from './testing/token-checks.ts';
import { tokenize, tokenizeByParser } from './tokenize.ts';

const MARKS = [
  ...['*', '_', '**', '`', '```', '~~~', '[', ']', '(', ')', '![', '](', '<', '>', '</a>', '<a>'],
  ...[
    '#',
    '- ',
    '1. ',
    '> ',
    '    ',
    '  ',
    '\t',
    '\n',
    '\n\n',
    '  \n',
    '\\',
    '!',
    '=',
    '---',
    '+',
    ':',
  ],
  ...[
    'https://',
    'mailto:',
    'http://a.test',
    'javascript:',
    '[a]: b',
    '"',
    "'",
    '.',
    ',',
    'a',
    'b',
    'ä',
  ],
  ...['語', '👍', '\u00a0', '\ud800', '\r', '\0', '1', '9)', '<!--', '-->', '<?', '0'],
];
const marked = fc
  .array(fc.constantFrom(...MARKS), { maxLength: 40 })
  .map((parts) => parts.join(''));
const anyText = fc.oneof(marked, fc.string({ unit: 'binary', maxLength: 80 }));
const withEntities = fc.oneof(
  anyText,
  fc
    .array(fc.constantFrom(...MARKS, '&amp;', '&#65;', '&'), { maxLength: 30 })
    .map((parts) => parts.join('')),
);

const isSubsequence = (part: string, whole: string): boolean => {
  let at = 0;
  for (const unit of part) {
    at = whole.indexOf(unit, at) + unit.length;
    if (at < unit.length) return false;
  }
  return true;
};

it('gives sound tokens for any text', () => {
  fc.assert(
    fc.property(withEntities, (text) => faultOf(tokenize(text)) === null),
    { numRuns: 3000 },
  );
});

it('shows only what was written, in its order', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      fc.pre(!text.includes('&'));
      // A NUL becomes U+FFFD, a tab of an indented block or a CR what CommonMark says; code ends in a line end.
      const written = `${text.replaceAll('\0', '\ufffd').replace(/\r\n?/g, '\n').replaceAll('\t', '    ')}\n`;
      const shown = shownText(tokenize(text)).replaceAll('\t', ' ').replace(/[ \n]/g, '');
      return isSubsequence(shown, written);
    }),
    { numRuns: 3000 },
  );
});

it('reads a text without marks as the parser does', () => {
  const plainish = fc
    .array(
      fc.oneof(
        {
          weight: 3,
          arbitrary: fc.constantFrom('word', 'a', ' ', '. ', ', ', "it's", '2', '10', 'ü', '語'),
        },
        fc.constantFrom(...MARKS),
        fc.string({ unit: 'binary', maxLength: 2 }),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(plainish, anyText), (text) =>
      isDeepStrictEqual(tokenize(text), tokenizeByParser(text)),
    ),
    { numRuns: 10_000 },
  );
});

it('gives sound tokens for every example of CommonMark, whole and cut anywhere', () => {
  expect(commonMarkExamples).toHaveLength(652);
  for (const { markdown } of commonMarkExamples) {
    const text = markdown.replaceAll('→', '\t');
    for (const cut of [text.length, Math.floor(text.length / 2), text.length - 2])
      expect([text, faultOf(tokenize(text.slice(0, cut)))]).toEqual([text, null]);
    expect(tokenize(text)).toEqual(tokenizeByParser(text));
  }
});
