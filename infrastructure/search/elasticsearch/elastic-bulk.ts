// Writes operations under the position of their event as the version, so that repeats and disorder change nothing.
import * as t from 'io-ts';
import { type ElasticOperation } from '../../../projections/search/elastic-documents.ts';
import { type ElasticClient } from './elastic-client.ts';
import { ElasticFailed, failureOf } from './elastic-failed.ts';
import { writeAliasOf } from './elastic-indices.ts';

const BULK_MS = 15_000;
/** Of one request: far below what a server takes, and small enough to be answered in time by a slow one. */
const OPERATIONS_MAX = 1_000;
const CONFLICT = 409;
const NOT_FOUND = 404;
const REFUSED_MIN = 400;

const Item = t.intersection([
  t.type({ status: t.number }),
  t.partial({ error: t.type({ type: t.string }) }),
]);
const BulkAnswer = t.type({
  errors: t.boolean,
  items: t.readonlyArray(t.union([t.type({ index: Item }), t.type({ delete: Item })])),
});

/** An operation that its document itself makes impossible, and the type of the error. */
export type RefusedOperation = { readonly operation: ElasticOperation; readonly reason: string };

export type Written = {
  readonly changed: number; // Others were there already
  readonly refused: readonly RefusedOperation[];
};

export type WriteOptions = {
  readonly refresh: boolean;
  /** Writes what is there already once more: it may have been deleted under the same version. */
  readonly again?: boolean;
};

const linesOf = (
  index: string,
  operation: ElasticOperation,
  { again = false }: WriteOptions,
): readonly object[] => {
  const { messageId, guildId, version, document } = operation;
  const target = {
    ...{ _index: index, _id: messageId, routing: guildId },
    ...{ version, version_type: again ? 'external_gte' : 'external' },
  };
  return document === null ? [{ delete: target }] : [{ index: target }, document];
};

const writeSome = async (
  client: ElasticClient,
  index: string,
  operations: readonly ElasticOperation[],
  options: WriteOptions,
): Promise<Written> => {
  const { items } = await client.ask({
    ...{ method: 'POST' as const, path: '/_bulk', answer: BulkAnswer, timeoutMs: BULK_MS },
    query: { require_alias: true, refresh: options.refresh },
    lines: operations.flatMap((operation) => linesOf(writeAliasOf(index), operation, options)),
  });
  const refused: RefusedOperation[] = [];
  let changed = 0;
  for (const [at, item] of items.entries()) {
    const { status, error } = 'index' in item ? item.index : item.delete;
    const operation = operations[at];
    if (operation === undefined) continue;
    if (status < REFUSED_MIN) changed += 1;
    else if (error === undefined || status === CONFLICT) {
      // Not there to be deleted, or there is something later already: as wanted.
      if (status !== CONFLICT && status !== NOT_FOUND)
        throw new ElasticFailed('refused', String(status));
    } else {
      const kind = failureOf(status, error.type);
      const reason = `${status} ${error.type}`;
      if (kind !== 'refused') throw new ElasticFailed(kind, reason);
      refused.push({ operation, reason });
    }
  }
  return { changed, refused };
};

/**
 * Writes all of it or rejects with ElasticFailed, after which it may be written again. With `refresh` it can be found when
 * this resolves.
 */
export const writeOperations = async (
  client: ElasticClient,
  index: string,
  operations: readonly ElasticOperation[],
  options: WriteOptions,
): Promise<Written> => {
  const refused: RefusedOperation[] = [];
  let changed = 0;
  for (let from = 0; from < operations.length; from += OPERATIONS_MAX) {
    const some = operations.slice(from, from + OPERATIONS_MAX);
    const isLast = from + OPERATIONS_MAX >= operations.length;
    const refresh = options.refresh && isLast;
    const written = await writeSome(client, index, some, { ...options, refresh });
    changed += written.changed;
    refused.push(...written.refused);
  }
  return { changed, refused };
};
