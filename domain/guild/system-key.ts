import * as t from 'io-ts';

/** The four roles every guild is seeded with (base contract 5.3.2); null for roles people made. */
export const SystemKey = t.union([
  t.literal('everyone'),
  t.literal('member'),
  t.literal('moderator'),
  t.literal('workspace_owner'),
  t.null,
]);
export type SystemKey = t.TypeOf<typeof SystemKey>;
