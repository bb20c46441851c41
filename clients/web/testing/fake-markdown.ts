// Just enough of the contract's Markdown to see every kind of token drawn. The real tokeniser is the server's.
import type * as t from 'io-ts';
import { type MarkdownToken } from '../../../application/contract/markdown.ts';

const INLINE = /\*\*(?<strong>[^*]+)\*\*|\*(?<em>[^*]+)\*|`(?<code>[^`]+)`|(?<url>https?:\/\/\S+)/g;

const inline = (line: string): MarkdownToken[] => {
  const tokens: MarkdownToken[] = [];
  let from = 0;
  const text = (words: string) => {
    if (words !== '') tokens.push({ type: 'text', text: words });
  };
  for (const match of line.matchAll(INLINE)) {
    text(line.slice(from, match.index));
    from = match.index + match[0].length;
    const { strong, em, code, url } = match.groups ?? {};
    if (strong !== undefined)
      tokens.push({ type: 'strong_start' }, { type: 'text', text: strong }, { type: 'strong_end' });
    if (em !== undefined)
      tokens.push({ type: 'emphasis_start' }, { type: 'text', text: em }, { type: 'emphasis_end' });
    if (code !== undefined) tokens.push({ type: 'code', code });
    if (url !== undefined)
      tokens.push(
        { type: 'link_start', href: url },
        { type: 'text', text: url },
        { type: 'link_end' },
      );
  }
  text(line.slice(from));
  return tokens;
};

/** Tokens for paragraphs, bullet lists, one heading level, fenced code and inline marks. */
export const tokensOf = (content: string): MarkdownToken[] =>
  content
    .split(/(```[\s\S]*?```)|\n\n/)
    .filter((block) => (block as string | undefined)?.trim())
    .flatMap((block): MarkdownToken[] => {
      const fence = /^```(\w*)\n([\s\S]*?)```$/.exec(block.trim());
      if (fence !== null)
        return [{ type: 'fenced_code', language: fence[1] || null, code: fence[2] ?? '' }];
      if (block.startsWith('# '))
        return [
          { type: 'heading_start', level: 1 as t.Int },
          ...inline(block.slice(2)),
          { type: 'heading_end' },
        ];
      if (block.startsWith('- '))
        return [
          { type: 'list_start', ordered: false },
          ...block
            .split('\n')
            .flatMap((item): MarkdownToken[] => [
              { type: 'list_item_start' },
              ...inline(item.slice(2)),
              { type: 'list_item_end' },
            ]),
          { type: 'list_end' },
        ];
      const lines = block.trim().split('\n');
      return [
        { type: 'paragraph_start' },
        ...lines.flatMap((line, at): MarkdownToken[] =>
          at === 0 ? inline(line) : [{ type: 'soft_break' }, ...inline(line)],
        ),
        { type: 'paragraph_end' },
      ];
    });
