// From the flat tokens of the contract to a tree that components can draw. Depth is bounded: what lies deeper is
// shown as its text. Unbalanced tokens can't break the page: an end closes what it matches or nothing.
import { type MarkdownToken } from '../../../../application/contract/markdown.ts';

export type MarkdownNode =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'break' }
  | { readonly type: 'code'; readonly code: string }
  | { readonly type: 'block'; readonly language: string | null; readonly code: string }
  | {
      readonly type: 'paragraph' | 'emphasis' | 'strong' | 'item' | 'plain';
      readonly children: readonly MarkdownNode[];
    }
  | {
      readonly type: 'heading';
      readonly level: number;
      readonly children: readonly MarkdownNode[];
    }
  | {
      readonly type: 'list';
      readonly ordered: boolean;
      readonly children: readonly MarkdownNode[];
    }
  | { readonly type: 'link'; readonly href: string; readonly children: readonly MarkdownNode[] };

type Parent = Extract<MarkdownNode, { children: readonly MarkdownNode[] }>;
type Open = { readonly node: Parent; readonly children: MarkdownNode[] };

export const MARKDOWN_DEPTH_MAX = 16;

// The server allows these only; the client checks again, because a link is the one thing here that can do harm.
const SAFE_LINK = /^(https?|mailto):/i;

const leafOf = (token: MarkdownToken): MarkdownNode | null => {
  // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- What isn't listed is no leaf.
  switch (token.type) {
    case 'text':
      return { type: 'text', text: token.text };
    case 'soft_break':
    case 'hard_break':
      return { type: 'break' };
    case 'code':
      return { type: 'code', code: token.code };
    case 'fenced_code':
      return { type: 'block', language: token.language, code: token.code };
    default:
      return null;
  }
};

const openingOf = (token: MarkdownToken, children: readonly MarkdownNode[]): Parent | null => {
  // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- What isn't listed opens nothing.
  switch (token.type) {
    case 'paragraph_start':
      return { type: 'paragraph', children };
    case 'emphasis_start':
      return { type: 'emphasis', children };
    case 'strong_start':
      return { type: 'strong', children };
    case 'list_item_start':
      return { type: 'item', children };
    case 'heading_start':
      return { type: 'heading', level: token.level, children };
    case 'list_start':
      return { type: 'list', ordered: token.ordered, children };
    case 'link_start':
      return SAFE_LINK.test(token.href.trim())
        ? { type: 'link', href: token.href, children }
        : { type: 'plain', children };
    default:
      return null;
  }
};

/** Builds the tree; linear in the tokens. */
export const markdownTree = (tokens: readonly MarkdownToken[]): readonly MarkdownNode[] => {
  const root: MarkdownNode[] = [];
  const open: Open[] = [];
  let ignored = 0; // Starts beyond the depth limit, whose ends close nothing
  for (const token of tokens) {
    const into = open.at(-1)?.children ?? root;
    const leaf = leafOf(token);
    if (leaf !== null) {
      into.push(leaf);
      continue;
    }
    const children: MarkdownNode[] = [];
    const node = openingOf(token, children);
    if (node === null) {
      if (ignored > 0) ignored -= 1;
      else open.pop();
    } else if (open.length >= MARKDOWN_DEPTH_MAX) {
      ignored += 1;
    } else {
      into.push(node);
      open.push({ node, children });
    }
  }
  return root;
};

/** The words alone, on one line, for announcements and previews. */
export const plainText = (tokens: readonly MarkdownToken[]): string =>
  tokens
    .map((token) => {
      if (token.type === 'text') return token.text;
      if (token.type === 'code' || token.type === 'fenced_code') return token.code;
      return token.type.endsWith('_break') || token.type.endsWith('_end') ? ' ' : '';
    })
    .join('')
    .replaceAll(/\s+/g, ' ')
    .trim();
