// A real log, vault and index in a database of their own, and people who write messages.
import { isLeft } from 'fp-ts/lib/Either.js';
import { type DomainEvent } from '../../../application/event-store/event-catalogue.ts';
import { type Position } from '../../../application/event-store/event-log.ts';
import { type SearchRequest } from '../../../application/search/search-index.ts';
import { parseQuery } from '../../../application/search/parse-query.ts';
import { type ChannelId, type GuildId, type MessageId } from '../../../domain/shared/ids.ts';
import {
  channelNo,
  guildNo,
  messageNo,
  noon,
  userNo,
} from '../../../domain/shared/testing/samples.ts';
import { LOG_MIGRATIONS } from '../../event-log/postgres/migrations.ts';
import { createPostgresLog } from '../../event-log/postgres/postgres-log.ts';
import { createEventStore } from '../../event-store/event-store.ts';
import { createUuidV7 } from '../../event-store/uuid-v7.ts';
import { migrate } from '../../postgres/migrations.ts';
import { OPS_MIGRATIONS } from '../../projections/migrations.ts';
import { freshDatabase } from '../../testing/database.ts';
import { createDataKeys } from '../../vault/data-keys.ts';
import { VAULT_MIGRATIONS } from '../../vault/migrations.ts';
import { createSaltTable } from '../../vault/salt-table.ts';
import { createSearchFollower, type SearchFollower } from '../search-follower.ts';
import { openPostgresBackend, TIMEOUT_MS, type Backend, type OpenBackend } from './backends.ts';

const WAIT_MS = 30_000;

export type Place = { readonly guildId: GuildId; readonly channelId: ChannelId };

export const place = (guild: number, channel: number): Place => ({
  guildId: guildNo(guild),
  channelId: channelNo(guild * 100 + channel),
});

export const createSearchWorld = async <B extends Backend>(openBackend: OpenBackend<B>) => {
  const database = await freshDatabase();
  const { pool, url } = database;
  await migrate(pool, [...LOG_MIGRATIONS, ...VAULT_MIGRATIONS, ...OPS_MIGRATIONS]);
  const log = createPostgresLog({ url, pool, queueMax: 100_000, pollMs: 20 });
  const dataKeys = createDataKeys({
    masterKey: Buffer.alloc(32, 7),
    salts: createSaltTable({ pool }),
  });
  const store = createEventStore({ log, dataKeys, newUuid: createUuidV7({ now: () => noon }) });
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const backend = await openBackend({ pool, url, store, onError });
  const startFollower = (): SearchFollower => {
    const follower = createSearchFollower({ pool, store, index: backend.followed, onError });
    backend.onMissing(follower.reopen);
    follower.start();
    return follower;
  };

  const append = async (stream: string, event: DomainEvent): Promise<Position> => {
    const context = { actor: 'system', correlationId: '00000000-0000-4000-8000-000000000001' };
    const expected = event.type === 'MessagePosted' ? 'no_stream' : 'any';
    const done = await store.append({ stream, expected, events: [event], context })();
    if (isLeft(done)) throw new Error(done.left.type);
    return done.right.position;
  };
  let posts = 0;
  const post = async (at: Place, content: string): Promise<MessageId> => {
    const messageId = messageNo((posts += 1));
    const data = { ...at, messageId, authorId: userNo(1), content, attachmentIds: [], at: noon };
    await append(`message-${messageId}`, { type: 'MessagePosted', data });
    return messageId;
  };
  const change = { by: userNo(1), at: noon };
  const edit = (at: Place, messageId: MessageId, content: string) =>
    append(`message-${messageId}`, {
      type: 'MessageEdited',
      data: { ...at, ...change, messageId, content },
    });
  const remove = (at: Place, messageId: MessageId) =>
    append(`message-${messageId}`, {
      type: 'MessageDeleted',
      data: { ...at, ...change, messageId },
    });

  const restore = (at: Place, messageId: MessageId, content: string) =>
    append(`message-${messageId}`, {
      type: 'MessageRestored',
      data: { ...at, ...change, messageId, authorId: userNo(1), content, postedAt: noon },
    });

  /** Follows until the index has all that is in the log, whichever process of it holds the lock. */
  const settle = async (follower: SearchFollower): Promise<void> => {
    const head = await log.head();
    const until = Date.now() + WAIT_MS;
    while (!(await follower.waitFor(head, 200))) {
      if (Date.now() > until) throw new Error(`The index doesn't follow: ${String(errors.at(-1))}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const searchAll = async (
    request: Omit<SearchRequest, 'query' | 'limit' | 'timeoutMs'> & Partial<SearchRequest>,
    q: string,
  ) => {
    const query = parseQuery(q, { bytesMax: 4096 });
    if (isLeft(query)) return 'invalid' as const;
    return backend.index.search({
      limit: 50,
      timeoutMs: TIMEOUT_MS,
      ...request,
      query: query.right,
    });
  };
  /** Ids found, best first; throws when the search fails. */
  const find = async (
    guildId: GuildId,
    channelIds: readonly ChannelId[],
    q: string,
    limit = 50,
  ): Promise<readonly MessageId[]> => {
    const outcome = await searchAll({ guildId, channelIds, limit }, q);
    if (outcome === 'invalid') throw new Error(`invalid: ${q}`);
    if (isLeft(outcome)) throw new Error(outcome.left);
    return outcome.right.messageIds;
  };
  const close = async (): Promise<void> => {
    await log.close();
    await backend.close();
    await database.drop();
  };
  return {
    ...{ database, pool, log, store, backend, errors, onError },
    ...{ startFollower, append, post, edit, remove, restore, settle, searchAll, find, close },
  };
};

export type SearchWorld<B extends Backend = Backend> = Awaited<
  ReturnType<typeof createSearchWorld<B>>
>;

/** The same over the index in PostgreSQL. */
export const createPostgresSearchWorld = () => createSearchWorld(openPostgresBackend);
export type PostgresSearchWorld = Awaited<ReturnType<typeof createPostgresSearchWorld>>;
