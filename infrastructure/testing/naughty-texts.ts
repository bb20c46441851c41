// Texts that have broken some program or other, written for Filament: each must be refused or kept as it is.
import * as fc from 'fast-check';

const codePoints = (...points: readonly number[]) => String.fromCodePoint(...points);
const each = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => codePoints(from + at));

const EMPTY_OR_NEARLY = [
  '',
  ' ',
  '   ',
  '\t',
  '\n',
  '\r\n',
  '\u00a0', // A space that doesn't break
  '\u200b', // No width
  '\u2060',
  '\ufeff', // A byte order mark
  '\u3000',
  '\u2003\u2002',
  '\u180e',
  '\u3164', // A letter that is invisible
  '\u115f',
  '\u034f',
];

const CONTROLS = [
  ...each(0x00, 0x1f).map((control) => `a${control}b`),
  ...each(0x7f, 0x9f).map((control) => `a${control}b`),
  'a\u2028b\u2029c',
  '\x1b[31mred\x1b[0m\x07',
  'back\b\b\bspace',
  'a\rb\nc\r\nd\n\re',
];

const UNICODE = [
  '\ud800', // Half a pair: no text at all
  'a\udfffb',
  '\ude00\ud83d',
  '\ufffd',
  '\uffff\ufffe\ufdd0', // Of no character, for ever
  ...Array.from({ length: 17 }, (_, plane) => codePoints(plane * 0x1_0000 + 0x41)),
  ...Array.from({ length: 17 }, (_, plane) => codePoints(plane * 0x1_0000 + 0xfffd)),
  '\u{10ffff}',
  '\ue000\uf8ff', // Of private use
  '\u{e0001}\u{e0041}\u{e007f}', // Tags
  'é', // One character, and two that look the same
  'e\u0301',
  '\u212b\u00c5A\u030a',
  'ﬁ ﬀ ſ ẞ ß',
  'İstanbul ıI',
  'ΌΣΟΣ όσος',
  'Ǆ ǅ ǆ',
  '①②③ ⅣⅤ ½',
  'ｆｕｌｌ　ｗｉｄｔｈ',
  'ｶﾞ ガ',
  '한국어 각',
  '日本語と漢字',
  'ภาษาไทยกำ',
  'हिन्दी क्षि',
  'தமிழ் கௌ',
  'العربية ﷽ ﷺ',
  'עִבְרִית',
  '\u202eright to left\u202c',
  '\u2066isolated\u2069 \u200frtl\u200e',
  'a\u061cb',
  `Z${'\u0351\u0357\u0343'.repeat(5)}a`,
  `g${'\u0301'.repeat(300)}`, // One character to read, three hundred to store
  '👍🏽 👩🏿‍🚀 👨‍👩‍👧‍👦',
  '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}',
  '🇩🇪🇫🇷🇩',
  '❤️❤︎❤',
  '1️⃣#️⃣',
  '\u200d\u200d\u200d',
  '🧑‍🤝‍🧑'.repeat(40),
];

const SHAPES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'then',
  'null',
  'undefined',
  'NULL',
  'nil',
  'None',
  'true',
  'false',
  'NaN',
  'Infinity',
  '-Infinity',
  '0',
  '-0',
  '00',
  '1e309',
  '0x10',
  '1,5',
  '١٢٣',
  '9007199254740993',
  '1/0',
  '0b2',
  '2026-02-30T25:61:61Z',
  "'; DROP TABLE events; --",
  "' OR 1=1 --",
  '$1 $2 :name ?',
  "$$ $body$ E'\\x41'",
  '%s %d %n %x %p %1$s',
  '{0} {name} {{name}} ${7*7} #{7*7} <%= 7*7 %>',
  '{"$gt":""}',
  '{"a":1}',
  '[]',
  '<b>bold</b>',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '<!-- --><![CDATA[x]]>',
  '&lt;&amp;&#x27;&#0;',
  'javascript:alert(1)',
  '[x](javascript:alert(1))',
  'data:text/html;base64,PHNjcmlwdD4=',
  '../../etc/passwd',
  '..\\..\\windows\\win.ini',
  '/dev/null',
  'C:\\CON',
  'CON',
  'nul.txt',
  '.',
  '..',
  '.hidden',
  'file.txt.exe',
  'trailing.',
  ' leading and trailing ',
  '~root',
  '$HOME `id` $(id) |id ;id &',
  '-rf',
  '--help',
  '@everyone',
  '@here',
  'workspace_owner',
  'WORKSPACE_OWNER',
  'moderator',
  '%00 %2e%2e%2f %ff %',
  '+ + %20',
  'a;b=c&d=e#f?g',
  '"quoted" \'single\' `back`',
  '“curly” ‘quotes’ «guillemets»',
  'back\\slash \\" \\u0000 \\n',
  'a"b\\',
  '=1+1',
  "UTF-8''%41",
  '*filename*',
  'x'.repeat(32),
  'x'.repeat(33),
  'x'.repeat(64),
  'x'.repeat(65),
  'x'.repeat(128),
  'x'.repeat(129),
  'x'.repeat(240),
  'x'.repeat(241),
  'é'.repeat(120),
  'é'.repeat(121),
  'x'.repeat(1_900),
  'é'.repeat(1_900),
  '🙂'.repeat(950),
  'x'.repeat(2_048),
  'x'.repeat(2_049),
  '> '.repeat(200),
  '*_`~'.repeat(100),
  '['.repeat(500),
  'AND OR NOT',
  'a AND (b OR',
  '-',
  '"unclosed',
  'field:value',
  'w?ld* fuzzy~2 boost^9',
  '\\',
  ':',
];

const SEED = 20_260_101;
const sampled = (unit: fc.Arbitrary<string>, maxLength: number, count: number) =>
  fc.sample(fc.string({ unit, minLength: 1, maxLength }), { numRuns: count, seed: SEED });
const anyCodePoint = fc.integer({ min: 0, max: 0x10_ffff }).map((point) => codePoints(point));
const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));

/** The same ones each time. */
export const NAUGHTY_TEXTS: readonly string[] = [
  ...new Set([
    ...EMPTY_OR_NEARLY,
    ...CONTROLS,
    ...UNICODE,
    ...SHAPES,
    ...sampled(anyCodePoint, 30, 40),
    ...sampled(anyUnit, 8, 20),
    ...fc.sample(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), {
      numRuns: 40,
      seed: SEED,
    }),
  ]),
];
