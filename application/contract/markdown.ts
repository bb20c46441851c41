// Markdown as safe tokens (base contract 5.5): the only form in which text with markup ever reaches a client.
import * as t from 'io-ts';

const marker = <T extends string>(type: T) => t.strict({ type: t.literal(type) });

export const MarkdownToken = t.union([
  t.strict({ type: t.literal('text'), text: t.string }),
  marker('paragraph_start'),
  marker('paragraph_end'),
  marker('soft_break'),
  marker('hard_break'),
  t.strict({ type: t.literal('code'), code: t.string }),
  t.strict({
    type: t.literal('fenced_code'),
    language: t.union([t.string, t.null]),
    code: t.string,
  }),
  t.strict({ type: t.literal('heading_start'), level: t.Int }),
  marker('heading_end'),
  marker('emphasis_start'),
  marker('emphasis_end'),
  marker('strong_start'),
  marker('strong_end'),
  t.strict({ type: t.literal('list_start'), ordered: t.boolean }),
  marker('list_end'),
  marker('list_item_start'),
  marker('list_item_end'),
  t.strict({ type: t.literal('link_start'), href: t.string }),
  marker('link_end'),
]);
export type MarkdownToken = t.TypeOf<typeof MarkdownToken>;
