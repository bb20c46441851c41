// Texts that make Markdown parsers work, nest or fail, each grown to a wanted length.
const repeat = (motif: string) => (length: number) =>
  motif.repeat(Math.ceil(length / motif.length)).slice(0, length);
const lines = (line: (number: number) => string) => (length: number) => {
  let text = '';
  for (let number = 0; text.length < length; number++) text += line(number % 60);
  return text.slice(0, length);
};
const halves = (first: string, second: string) => (length: number) =>
  repeat(first)(Math.floor(length / 2)) + repeat(second)(Math.floor(length / 2));
const after = (start: string, motif: string) => (length: number) =>
  start + repeat(motif)(Math.max(0, length - start.length));

const MOTIFS = [
  ...['[', '![', '[]', '[[', '[a](', '[a][', '[a](b)', '![a](b)', '[a](b "', '[a](()', '[*', '*['],
  ...['*', '_', '*_', '*a_', '*a **b ', '**a *', 'a_', '`', '`a', '``` ', '~~~\n', '```\na\n```\n'],
  ...['<', '<a ', '<a x="', '<!--', '<?', '<![CDATA[', '<!A', '</', '<http://', '<a@', '<b>\n'],
  ...[
    '&',
    '&amp;',
    '&#0;',
    '&#x41;',
    '&#xD800;',
    '\\',
    '\\*',
    '\0',
    '\ud800',
    '\udc00',
    '👍🏽',
    '\ufeff',
  ],
  ...[
    '>',
    '> ',
    '>\n',
    '> a\nb\n',
    '- ',
    '* ',
    '1. ',
    '- a\n',
    '1. a\n',
    '\t- ',
    '-\n',
    '# ',
    '#\n',
  ],
  ...[
    'a\n=',
    '---\n',
    'a\n-\n',
    '\n',
    '\r',
    ' \n',
    '  \n',
    '    a\n',
    '[a]: b\n',
    '[a]:\n',
    '[a]: b "\n',
  ],
  ...[
    '[a\n',
    '[a]: b\n\n[a] ',
    'https://',
    'https://a ',
    'mailto:',
    'mailto:) ',
    ':',
    'a:',
    ')',
    '*[_`<&!',
  ],
  ...[
    '"![_#',
    '=![<~',
    '"![\\&`-',
    '![[',
    '[![',
    '[](',
    '](',
    '<a href="[',
    '<\n>>#\n',
    'a\n> #\n',
    '> ***\nb\n',
    'a\n- >#\n',
    '>#\na\n',
    '*x',
    '**',
    '***a',
    '_*a',
  ],
];

/** Each builds a text of about the wanted length in UTF-16 units. */
export const HOSTILE_TEXTS: readonly (readonly [string, (length: number) => string])[] = [
  ...MOTIFS.map((motif) => [JSON.stringify(motif), repeat(motif)] as const),
  ['nested lists', lines((depth) => `${'  '.repeat(depth)}- a\n`)],
  ['nested quotes', lines((depth) => `${'>'.repeat(depth)} a\n`)],
  ['backtick runs', lines((length) => `${'`'.repeat(length + 1)} `)],
  ['nested brackets', halves('[', ']')],
  ['nested images', halves('![', '](a)')],
  ['nested links', halves('[', '](a)')],
  ['nested emphasis', halves('*a ', ' a*')],
  ['nested strong', halves('**a ', ' a**')],
  ['open parentheses', after('[a](', '(')],
  ['references', after('[b]: c\n\n', '[b]')],
  ['marks and lists', (length) => halves('"![\\&`-', ' *')(length)],
];
