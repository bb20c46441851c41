// The read models on a real log: texts stay sealed until they are read, and are gone when their key is.
import { randomBytes } from 'node:crypto';
import { isRight } from 'fp-ts/lib/Either.js';
import { createMessageContents } from '../../application/message/message-contents.ts';
import { type EventLog, type ExpectedRevision } from '../../application/event-store/event-log.ts';
import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { tokenize } from '../../application/markdown/tokenize.ts';
import {
  channelNo,
  guildNo,
  messageNo,
  noon,
  userNo,
} from '../../domain/shared/testing/samples.ts';
import { CORE_PROJECTORS, keptSealedBy } from '../../projections/core-projectors.ts';
import { messagesProjector } from '../../projections/messages/projector.ts';
import { createMessageReader } from '../../projections/messages/reader.ts';
import { LOG_MIGRATIONS } from '../event-log/postgres/migrations.ts';
import { createPostgresLog } from '../event-log/postgres/postgres-log.ts';
import { createEventStore } from '../event-store/event-store.ts';
import { createSealer } from '../event-store/sealer.ts';
import { createUuidV7 } from '../event-store/uuid-v7.ts';
import { migrate } from '../postgres/migrations.ts';
import { bundleProgram, startProgram } from '../postgres/testing/child-program.ts';
import { freshDatabase, type TestDatabase } from '../testing/database.ts';
import { createDataKeys, type DataKeys } from '../vault/data-keys.ts';
import { VAULT_MIGRATIONS } from '../vault/migrations.ts';
import { createSaltTable } from '../vault/salt-table.ts';
import { OPS_MIGRATIONS } from './migrations.ts';
import { projectionChecksums } from './checksums.ts';
import { createReadModelQuery } from './read-model-query.ts';
import { rebuildProjection } from './rebuild.ts';
import { createProjectionRunner, type ProjectionRunner } from './runner.ts';
import { tableRows } from './testing/table-rows.ts';

const context = { actor: 'system', correlationId: '00000000-0000-4000-8000-000000000001' };
const SECRET = 'the rain in Spain';
const place = { messageId: messageNo(1), guildId: guildNo(1), channelId: channelNo(1) };
const keepSealed = keptSealedBy(CORE_PROJECTORS);

describe('the read models on a real log', () => {
  let database: TestDatabase;
  let log: EventLog;
  let dataKeys: DataKeys;
  let store: EventStore;
  let runner: ProjectionRunner;

  /** Appends an event and projects it. */
  const say = async (
    stream: string,
    expected: ExpectedRevision,
    event: DomainEvent,
  ): Promise<void> => {
    const appended = await store.append({ stream, expected, events: [event], context })();
    if (!isRight(appended)) throw new Error(appended.left.type);
    await runner.apply(await store.readAll(runner.position(), 100, { keepSealed }));
  };

  beforeAll(async () => {
    database = await freshDatabase();
    const { pool, url } = database;
    await migrate(pool, [...VAULT_MIGRATIONS, ...LOG_MIGRATIONS, ...OPS_MIGRATIONS]);
    log = createPostgresLog({ url, pool, queueMax: 100 });
    dataKeys = createDataKeys({ masterKey: randomBytes(32), salts: createSaltTable({ pool }) });
    store = createEventStore({ log, dataKeys, newUuid: createUuidV7({ now: () => noon }) });
    runner = createProjectionRunner({ pool, store, projectors: CORE_PROJECTORS });
    await runner.start();
    const posted = {
      type: 'MessagePosted',
      data: { ...place, authorId: userNo(1), content: 'first', attachmentIds: [], at: noon },
    } as const;
    const edited = {
      type: 'MessageEdited',
      data: { ...place, by: userNo(1), content: SECRET, at: noon },
    } as const;
    const stream = `message-${place.messageId}`;
    await say(stream, 'no_stream', posted);
    await say(stream, 0, edited);
  });
  afterAll(async () => {
    runner.stop();
    await log.close();
    await database.drop();
  });

  const page = () => {
    const { pool } = database;
    const sealer = createSealer({ dataKeys });
    const contents = createMessageContents({ sealer, tokenize, cacheBytesMax: 10_000 });
    return createMessageReader({ query: createReadModelQuery({ pool }), contents, sealer }).page({
      ...place,
      readerId: userNo(1),
      before: null,
      limit: 10_000,
    });
  };

  it('opens on reading what it holds sealed', async () => {
    expect((await tableRows(database.pool, CORE_PROJECTORS)).join('\n')).not.toContain('rain');
    expect(await page()).toMatchObject([{ content: SECRET, markdown_tokens: tokenize(SECRET) }]);
  });

  it('is rebuilt to the same rows', async () => {
    const { pool } = database;
    const before = await tableRows(pool, CORE_PROJECTORS);
    for (const projector of CORE_PROJECTORS)
      await rebuildProjection({ pool, store, keepSealed, projector });
    expect(await tableRows(pool, CORE_PROJECTORS)).toEqual(before);
  });

  it('is rebuilt by another process while this one writes and reads', async () => {
    const { url, pool } = database;
    const rebuilds = 4;
    const other = startProgram(
      await bundleProgram('infrastructure/projections/testing/rebuild-worker.ts'),
      [url, String(rebuilds)],
    );
    let n = 1;
    while (other.process.exitCode === null && other.process.signalCode === null) {
      n += 1;
      await say(`message-${messageNo(n)}`, 'no_stream', {
        type: 'MessagePosted',
        data: {
          ...place,
          messageId: messageNo(n),
          authorId: userNo(1),
          content: `message ${n}`,
          attachmentIds: [],
          at: noon,
        },
      });
      const [newest] = await page();
      expect(newest).toMatchObject({ message_id: messageNo(n), content: `message ${n}` });
    }
    expect(other.process.exitCode).toBe(0);
    expect(n).toBeGreaterThan(10); // There was time to write and read beside the rebuilds.
    const live = await projectionChecksums(pool, messagesProjector);
    expect(live[0]?.rows).toBe(n);
    await rebuildProjection({ pool, store, keepSealed, projector: messagesProjector });
    expect(await projectionChecksums(pool, messagesProjector)).toEqual(live);
  }, 60_000);

  it('shows nothing of a text whose key is gone', async () => {
    await dataKeys.destroy(`message:${place.messageId}`);
    const first = (await page()).at(-1);
    expect(first).toMatchObject({ message_id: place.messageId, content: '', markdown_tokens: [] });
  });
});
