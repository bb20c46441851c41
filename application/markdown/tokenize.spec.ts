import { type Int } from 'io-ts';
import { type MarkdownToken } from '../contract/markdown.ts';
import { joined } from './testing/token-checks.ts';
import { tokenize } from './tokenize.ts';

const text = (written: string): MarkdownToken => ({ type: 'text', text: written });
const soft: MarkdownToken = { type: 'soft_break' };
const hard: MarkdownToken = { type: 'hard_break' };
const around =
  (kind: 'paragraph' | 'emphasis' | 'strong' | 'list_item') =>
  (...inner: MarkdownToken[]): MarkdownToken[] => [
    { type: `${kind}_start` },
    ...inner,
    { type: `${kind}_end` },
  ];
const p = around('paragraph');
const em = around('emphasis');
const strong = around('strong');
const item = around('list_item');
const list = (ordered: boolean, ...inner: MarkdownToken[]): MarkdownToken[] => [
  { type: 'list_start', ordered },
  ...inner,
  { type: 'list_end' },
];
const heading = (level: number, ...inner: MarkdownToken[]): MarkdownToken[] => [
  { type: 'heading_start', level: level as Int },
  ...inner,
  { type: 'heading_end' },
];
const link = (href: string, ...inner: MarkdownToken[]): MarkdownToken[] => [
  { type: 'link_start', href },
  ...inner,
  { type: 'link_end' },
];
const fenced = (language: string | null, code: string): MarkdownToken => ({
  type: 'fenced_code',
  language,
  code,
});
const code = (written: string): MarkdownToken => ({ type: 'code', code: written });

type Vector = [input: string, tokens: MarkdownToken[]];

const CONTRACT: Vector[] = [
  ['a\nb', p(text('a'), soft, text('b'))],
  ['a  \nb', p(text('a'), hard, text('b'))],
  ['# T\nx', [...heading(1, text('T')), ...p(text('x'))]],
  ['- a\n- b', list(false, ...item(text('a')), ...item(text('b')))],
  ['- a\n\n- b', list(false, ...item(...p(text('a'))), ...item(...p(text('b'))))],
  ['- a\n  - b', list(false, ...item(text('a'), ...list(false, ...item(text('b')))))],
  ['> quote', p(text('quote'))],
  ['![alt](https://x.test/i.png)', p(text('alt'))],
  ['[t](https://x.test "title")', p(...link('https://x.test', text('t')))],
  ['[t](javascript:alert(1))', p(text('t'))],
  ['[t](/rel)', p(text('t'))],
  ['<https://x.test/a>', p(...link('https://x.test/a', text('https://x.test/a')))],
  ['<a@b.test>', p(text('a@b.test'))],
  ['a@b.test', p(text('a@b.test'))],
  ['<b>x</b> y', p(text('x y'))],
  ['<script>alert(1)</script>', []],
  ['    indented', [fenced(null, 'indented\n')]],
  ['```Rust,ignore\nx\n```', [fenced(null, 'x\n')]],
  ['~~~py\nx\n~~~', [fenced('py', 'x\n')]],
  ['***', []],
  ['~~s~~', p(text('~~s~~'))],
  [
    'see https://x.test/a). ok',
    p(text('see '), ...link('https://x.test/a', text('https://x.test/a')), text('). ok')),
  ],
  ['HTTP://X.test', p(...link('HTTP://X.test', text('HTTP://X.test')))],
  [
    'javascript:https://x.test',
    p(text('javascript:'), ...link('https://x.test', text('https://x.test'))),
  ],
  ['[https://a.test](https://b.test)', p(...link('https://b.test', text('https://a.test')))],
  ['&amp; \\*', p(text('& *'))],
  ['- [ ] todo', list(false, ...item(text('[ ] todo')))],
];

const BEYOND: Vector[] = [
  ['', []],
  [' \n\t\n', []],
  ['*a* __b__ `c`', p(...em(text('a')), text(' '), ...strong(text('b')), text(' '), code('c'))],
  ['***a***', p(...em(...strong(text('a'))))],
  ['a\\\nb', p(text('a'), hard, text('b'))],
  ['T\n=\n\n###### t', [...heading(1, text('T')), ...heading(6, text('t'))]],
  ['7) a', list(true, ...item(text('a')))],
  ['> - a', list(false, ...item(text('a')))],
  ['a\n\n---\n\nb', [...p(text('a')), ...p(text('b'))]],
  ['```C++\n```', [fenced('c++', '')]],
  ['```\n\n a\n', [fenced(null, '\n a\n')]],
  [`~~~${'a'.repeat(32)}\n`, [fenced('a'.repeat(32), '')]],
  [`~~~${'a'.repeat(33)}\n`, [fenced(null, '')]],
  ['~~~a b\n', [fenced(null, '')]],
  ['a<!-- c -->b<br>c', p(text('abc'))],
  ['&copy;&#0;\0', p(text('©��'))],
  ['https://', p(...link('https://', text('https://')))],
  ['mailto:', p(text('mailto:'))],
  ['mailto:). x', p(text('mailto:). x'))],
  ['mailto:a@b.test.', p(...link('mailto:a@b.test', text('mailto:a@b.test')), text('.'))],
  ['<mailto:a@b.test>', p(...link('mailto:a@b.test', text('mailto:a@b.test')))],
  [
    'https://x.test/a_b_c?d=1&e=2',
    p(...link('https://x.test/a_b_c?d=1&e=2', text('https://x.test/a_b_c?d=1&e=2'))),
  ],
  ['`https://x.test`', p(code('https://x.test'))],
  ['[a](<HTTPS://x.test/ü ä>)', p(...link('HTTPS://x.test/ü ä', text('a')))],
  ['[a](https&colon;//x.test)', p(...link('https://x.test', text('a')))],
  ['[a](javascript&colon;alert)', p(text('a'))],
  ['[a](java&#10;script:alert)', p(text('a'))],
  ['[a](data:text/html,x) [b](//x.test) [c](#d)', p(text('a b c'))],
  ['[a]\n\n[a]: https://x.test', p(...link('https://x.test', text('a')))],
  ['[constructor] [toString]\n\n[a]: b', p(text('[constructor] [toString]'))],
  ['[](https://x.test)', p(...link('https://x.test'))],
  ['[![a](i)](https://x.test)', p(...link('https://x.test', text('a')))],
  ['![a *b* `c`](i)', p(text('a '), ...em(text('b')), text(' '), code('c'))],
  ['[![a [b](https://b.test)](i)](https://x.test)', p(...link('https://x.test', text('a b')))],
  ['2 people, 3.5 each', p(text('2 people, 3.5 each'))],
  ['a\n2. b', p(text('a'), soft, text('2. b'))],
];

describe('the vectors of the contract', () => {
  it.each(CONTRACT)('reads %j', (input, tokens) => {
    expect(joined(tokenize(input))).toEqual(tokens);
  });
});

describe('what the contract says in words', () => {
  it.each(BEYOND)('reads %j', (input, tokens) => {
    expect(joined(tokenize(input))).toEqual(tokens);
  });
});
