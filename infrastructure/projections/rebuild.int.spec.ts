import * as t from 'io-ts';
import { channelNo, guildNo, messageNo, userNo } from '../../domain/shared/testing/samples.ts';
import { accountsProjector } from '../../projections/accounts/projector.ts';
import { CORE_PROJECTORS } from '../../projections/core-projectors.ts';
import { messagesProjector } from '../../projections/messages/projector.ts';
import { createMessageReader } from '../../projections/messages/reader.ts';
import { type Projector } from '../../projections/projector.ts';
import { createPool, type Pool } from '../postgres/database.ts';
import { migrate } from '../postgres/migrations.ts';
import { freshDatabase, type TestDatabase } from '../testing/database.ts';
import { projectionChecksums } from './checksums.ts';
import { OPS_MIGRATIONS } from './migrations.ts';
import { projectionStatus } from './projection-status.ts';
import { createReadModelQuery } from './read-model-query.ts';
import { REPLAY_PAGE } from './pace.ts';
import { rebuildProjection } from './rebuild.ts';
import { type RebuildProgress } from './rebuild-progress.ts';
import { createProjectionRunner, type ProjectionRunner } from './runner.ts';
import { unsealing } from './testing/unsealing.ts';
import { createEventFeed, type EventFeed } from './testing/event-feed.ts';
import { posted, registered } from './testing/sample-events.ts';

const HISTORY = 2 * REPLAY_PAGE + 1_000; // Three pages
const keepSealed: ReadonlySet<string> = new Set();

describe('a rebuild', () => {
  let database: TestDatabase;
  let otherPool: Pool; // What a second process has: nothing is shared but the database
  let feed: EventFeed;
  let runner: ProjectionRunner;

  beforeEach(async () => {
    database = await freshDatabase();
    otherPool = createPool({ url: database.url, name: 'other', max: 2 });
    await migrate(database.pool, OPS_MIGRATIONS);
    feed = createEventFeed();
    const { pool } = database;
    runner = createProjectionRunner({ pool, store: feed.store, projectors: CORE_PROJECTORS });
  });
  afterEach(async () => {
    runner.stop();
    await otherPool.end();
    await database.drop();
  });

  const rebuild = (projector: Projector, onProgress?: (progress: RebuildProgress) => void) =>
    rebuildProjection({
      pool: otherPool,
      store: feed.store,
      keepSealed,
      projector,
      ...(onProgress && { onProgress }),
    });

  it('is not noticed by readers, nor by the live runner, of another process', async () => {
    feed.push(...Array.from({ length: HISTORY }, (_, i) => posted(i)));
    await runner.start();
    const reader = createMessageReader({
      sealer: unsealing,
      query: createReadModelQuery({ pool: database.pool }),
      contents: {
        render: (texts) => Promise.resolve(texts.map(() => ({ content: '', tokens: [] }))),
      },
    });
    const newest = async (): Promise<string> => {
      const page = await reader.page({
        guildId: guildNo(1),
        channelId: channelNo(1),
        readerId: userNo(1),
        before: null,
        limit: 50,
      });
      expect(page).toHaveLength(50);
      return page[0]!.message_id;
    };
    let written = HISTORY - 1;
    let over = false;
    let reads = 0;
    const write = async (): Promise<void> => {
      while (!over) {
        const batch = feed.push(posted(written + 1), posted(written + 2));
        await runner.apply(batch);
        written += 2;
        expect(await newest()).toBe(messageNo(written)); // Its own write, at once
      }
    };
    const read = async (): Promise<void> => {
      while (!over) {
        const known = messageNo(written);
        expect((await newest()) >= known).toBe(true); // Never an older state
        reads += 1;
      }
    };
    const rebuilds = async (): Promise<void> => {
      for (let i = 0; i < 3; i += 1) await rebuild(messagesProjector);
    };
    await Promise.all([rebuilds().finally(() => (over = true)), write(), read(), read()]);
    expect(reads).toBeGreaterThan(10);
    const live = await projectionChecksums(database.pool, messagesProjector);
    expect(live[0]).toMatchObject({ table: 'messages', rows: written + 1 });
    await rebuild(messagesProjector);
    expect(await projectionChecksums(database.pool, messagesProjector)).toEqual(live);
  }, 60_000);

  it('tells how far it is', async () => {
    feed.push(...Array.from({ length: HISTORY }, (_, i) => registered(i)));
    await runner.start();
    const told: RebuildProgress[] = [];
    const rebuilt = await rebuild(accountsProjector, (progress) => told.push(progress));
    expect(rebuilt).toMatchObject({
      name: 'accounts',
      version: accountsProjector.version,
      events: HISTORY,
    });
    expect(told.map(({ done }) => done)).toEqual(
      told.map(({ done }) => done).sort((a, b) => a - b),
    );
    expect(told.every(({ total }) => total === HISTORY)).toBe(true);
    expect(told.at(-1)).toMatchObject({ phase: 'done', done: HISTORY, etaSeconds: 0 });
    expect(told.at(-1)!.ratePerSecond).toBeGreaterThan(0);
  });

  it('parks what is refused, in place of what was parked before', async () => {
    await runner.start();
    await runner.apply(feed.push(registered(1), registered(2, '\0'), registered(3)));
    const parkedAccounts = async () =>
      (
        await projectionStatus({ pool: otherPool, store: feed.store, projectors: CORE_PROJECTORS })
      ).find(({ name }) => name === 'accounts')?.parked;
    expect(await parkedAccounts()).toBe(1);
    await rebuild(accountsProjector);
    expect(await parkedAccounts()).toBe(1);
    // A projector that can take it has nothing to park.
    await rebuild({ ...accountsProjector, project: () => [] });
    expect(await parkedAccounts()).toBe(0);
  });

  it('goes one after the other when two are asked for at once', async () => {
    feed.push(registered(1));
    await runner.start();
    await Promise.all([rebuild(accountsProjector), rebuild(accountsProjector)]);
    const [accounts] = await projectionChecksums(otherPool, accountsProjector);
    expect(accounts?.rows).toBe(1);
  });

  it('leaves the live tables alone when it fails', async () => {
    feed.push(registered(1));
    await runner.start();
    const broken = {
      ...accountsProjector,
      version: accountsProjector.version + 1,
      createIndexes: 'CREATE NONSENSE;',
    };
    await expect(rebuild(broken)).rejects.toThrow();
    await runner.apply(feed.push(registered(2)));
    const [accounts] = await projectionChecksums(otherPool, accountsProjector);
    expect(accounts?.rows).toBe(2);
    await rebuild(accountsProjector);
  });

  it('may change the columns under a statement that is prepared', async () => {
    feed.push(registered(1));
    await runner.start();
    const query = createReadModelQuery({ pool: database.pool });
    const everything = {
      name: 'everything',
      sql: 'SELECT * FROM rm_accounts.accounts',
      row: t.type({ username: t.string }),
    };
    for (let i = 0; i < 10; i += 1) await query(everything, []);
    const changed: Projector = {
      ...accountsProjector,
      version: accountsProjector.version + 1,
      createTables: accountsProjector.createTables.replace(');', ', extra text);'),
    };
    await rebuild(changed);
    for (let i = 0; i < 10; i += 1)
      expect(await query(everything, [])).toMatchObject([{ username: 'person-1' }]);
  });
});
