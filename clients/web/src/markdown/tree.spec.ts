import * as fc from 'fast-check';
import { type MarkdownToken } from '../../../../application/contract/markdown.ts';
import { MARKDOWN_DEPTH_MAX, type MarkdownNode, markdownTree, plainText } from './tree.ts';

const text = (words: string): MarkdownToken => ({ type: 'text', text: words });
const depthOf = (nodes: readonly MarkdownNode[]): number =>
  Math.max(0, ...nodes.map((node) => ('children' in node ? 1 + depthOf(node.children) : 0)));

describe('markdown tree', () => {
  it('nests what the tokens nest', () => {
    expect(
      markdownTree([
        { type: 'paragraph_start' },
        text('a '),
        { type: 'strong_start' },
        text('b'),
        { type: 'strong_end' },
        { type: 'paragraph_end' },
      ]),
    ).toEqual([
      {
        type: 'paragraph',
        children: [
          { type: 'text', text: 'a ' },
          { type: 'strong', children: [{ type: 'text', text: 'b' }] },
        ],
      },
    ]);
  });

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    '//evil.test',
    'JaVaScRiPt:x',
    ' vbscript:x',
  ])('makes no link of %p', (href) => {
    const [node] = markdownTree([
      { type: 'link_start', href },
      text('click'),
      { type: 'link_end' },
    ]);
    expect(node?.type).toBe('plain');
  });

  it('takes any sequence of tokens, at a bounded depth, and loses no words', () => {
    const token: fc.Arbitrary<MarkdownToken> = fc.constantFrom(
      text('w'),
      { type: 'paragraph_start' },
      { type: 'paragraph_end' },
      { type: 'list_start', ordered: true },
      { type: 'list_end' },
      { type: 'strong_start' },
      { type: 'strong_end' },
    );
    const words = (nodes: readonly MarkdownNode[]): number =>
      nodes.reduce(
        (sum, node) =>
          sum + (node.type === 'text' ? 1 : 'children' in node ? words(node.children) : 0),
        0,
      );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 200 }), (tokens) => {
        const tree = markdownTree(tokens);
        expect(depthOf(tree)).toBeLessThanOrEqual(MARKDOWN_DEPTH_MAX);
        expect(words(tree)).toBe(tokens.filter(({ type }) => type === 'text').length);
      }),
    );
  });

  it('gives the words alone for announcements', () => {
    expect(
      plainText([
        { type: 'paragraph_start' },
        text('see'),
        { type: 'soft_break' },
        { type: 'code', code: 'x' },
        { type: 'paragraph_end' },
        text('end'),
      ]),
    ).toBe('see x end');
  });
});
