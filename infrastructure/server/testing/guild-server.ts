// The guilds' part of a server in this process, wired as the product is: real database, log, vault, read models and HTTP
// port. Its people are numbers, and come from whatever address the test says.
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { isLeft, left, right } from 'fp-ts/lib/Either.js';
import { type DomainEvent } from '../../../application/event-store/event-catalogue.ts';
import { tokenize } from '../../../application/markdown/tokenize.ts';
import { createMessageContents } from '../../../application/message/message-contents.ts';
import { type SessionId } from '../../../domain/shared/ids.ts';
import { userNo } from '../../../domain/shared/testing/samples.ts';
import { type Timestamp } from '../../../domain/shared/timestamp.ts';
import { openBlobStore } from '../../blob/open-blob-store.ts';
import { loadConfig } from '../../config/config.ts';
import { recordingLog, runServer } from '../../http/testing/running-server.ts';
import { freshDatabase } from '../../testing/database.ts';
import { temporaryDataDirectory } from '../../testing/server-process.ts';
import { openAddressBans } from '../address-bans.ts';
import { createNewId } from '../clock-and-ids.ts';
import { openFoundation } from '../foundation.ts';
import { createGuildSlice } from '../guild-slice.ts';
import { startPipeline } from '../pipeline.ts';
import { openReadModels } from '../read-models.ts';

export type Answer = { readonly status: number; readonly body: unknown };
type Ask = {
  readonly from?: string; // The address; a documentation one unless said
  readonly body?: unknown;
  readonly key?: string;
};

const FAR_OFF = 4_000_000_000_000 as Timestamp;
const SETTLED_MS_MAX = 20_000;
const ELSEWHERE = '198.51.100.1';

const authenticate = (token: string) =>
  Promise.resolve(
    /^person-\d+$/.test(token)
      ? right({
          userId: userNo(Number(token.slice(7))),
          sessionId: `01J${token.slice(7).padStart(23, '0')}` as SessionId,
          username: token,
          expiresAt: FAR_OFF,
        })
      : left({ type: 'Unauthenticated' as const }),
  );

/** Opens a server on a database of its own; `variables` are those of the product. */
export const openGuildServer = async (variables: Readonly<Record<string, string>> = {}) => {
  const database = await freshDatabase();
  const dataDirectory = temporaryDataDirectory('guild-server');
  const config = loadConfig(
    {
      FILAMENT_DATA_DIR: dataDirectory,
      FILAMENT_DATABASE_URL: database.url,
      FILAMENT_TRUSTED_PROXY_CIDRS: '127.0.0.1',
      FILAMENT_RATE_LIMIT_REQUESTS_PER_MINUTE: '1000000',
      ...variables,
    },
    () => null,
  );
  if (isLeft(config)) throw new Error(JSON.stringify(config.left));
  const time = { ahead: 0 };
  const clock = { now: () => (Date.now() + time.ahead) as Timestamp };
  const { log, text: logged } = recordingLog();
  // The embedded database's flags are those of tests: fast, and lost at the end anyway.
  const opened = await openFoundation({ ...config.right, unsafeDatabase: 'yes' }, log);
  const blobs = await openBlobStore(config.right, { installation: 'guild-server', log });
  const foundation = { ...opened, clock, blobs };
  const { store, sealer } = foundation;
  const { limits } = config.right;
  const contents = createMessageContents({
    sealer,
    tokenize,
    cacheBytesMax: limits.contentCacheBytesMax,
  });
  const models = await openReadModels(foundation, contents, log);
  const addressBans = await openAddressBans(foundation, models.readers.ipBans, log);
  const slice = createGuildSlice(foundation, {
    newId: createNewId(clock),
    readers: models.readers,
    contents,
    addressBans,
    tellAgain: () => {},
    log,
  });
  const pipeline = startPipeline(models.start, {
    store,
    access: {
      apply: (batch) => {
        slice.access.apply(batch);
        addressBans.blocklist.apply(batch);
        slice.attachments.apply(batch);
      },
    },
    revoke: () => {},
    project: models.apply,
    reached: models.readPosition.advance,
    announce: () => Promise.resolve(),
    keepSealed: models.keepSealed,
    log,
  });
  const routes = [...slice.routes, ...models.searchRoutes(slice.access)];
  const server = await runServer({
    routes,
    authenticate,
    guardAddress: addressBans.guardAddress,
    limits,
    readPosition: models.readPosition,
    trustedProxies: config.right.trustedProxies,
  });
  const call = async (
    by: number | null,
    method: string,
    path: string,
    { from = ELSEWHERE, body, key }: Ask = {},
  ): Promise<Answer> => {
    const response = await server.fetch(path, {
      method,
      headers: {
        'x-forwarded-for': from,
        ...(by !== null && { authorization: `Bearer person-${by}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  };
  return {
    call,
    routes,
    store,
    pool: foundation.pool,
    databaseUrl: database.url,
    dataKeys: foundation.dataKeys,
    logged: () => logged() + server.logged(),
    metricsText: server.metrics.text,
    /** Adds an event to a stream, whatever it has. */
    append: (stream: string, event: DomainEvent) =>
      store.append({
        stream,
        expected: 'any',
        events: [event],
        context: { actor: 'system', correlationId: randomUUID() },
      })(),
    /** Resolves when everything has followed the log to where it ends now. */
    settled: async () => {
      const head = await store.head();
      if (!(await models.readPosition.waitFor(head, SETTLED_MS_MAX)))
        throw new Error('The read models did not follow in time.');
    },
    advance: (secs: number) => void (time.ahead += secs * 1000),
    register: (number: number) =>
      store.append({
        stream: `account-${userNo(number)}`,
        expected: 'no_stream',
        events: [
          {
            type: 'AccountRegistered',
            data: { userId: userNo(number), username: `person_${number}`, at: clock.now() },
          },
        ],
        context: { actor: 'system', correlationId: randomUUID() },
      })(),
    close: async () => {
      await server.close();
      await pipeline.stop();
      await models.close();
      await foundation.close();
      await database.drop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
};

export type GuildServer = Awaited<ReturnType<typeof openGuildServer>>;

export const fieldOf = (answer: Answer, name: string): unknown =>
  (answer.body as Readonly<Record<string, unknown>> | null)?.[name];
