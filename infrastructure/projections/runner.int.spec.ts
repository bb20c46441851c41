import * as t from 'io-ts';
import { accountsProjector } from '../../projections/accounts/projector.ts';
import { feedProjector } from '../../projections/feed/projector.ts';
import { messagesProjector } from '../../projections/messages/projector.ts';
import { type Projector } from '../../projections/projector.ts';
import { noon, userNo } from '../../domain/shared/testing/samples.ts';
import { queryRows } from '../postgres/database.ts';
import { migrate } from '../postgres/migrations.ts';
import { freshDatabase, type TestDatabase } from '../testing/database.ts';
import { UNCLAIMED } from './apply-batch.ts';
import { ProjectionReplaced } from './live-session.ts';
import { OPS_MIGRATIONS } from './migrations.ts';
import { projectionStatus } from './projection-status.ts';
import { createProjectionRunner, type ProjectionRunner } from './runner.ts';
import { createEventFeed, type EventFeed, positionNo } from './testing/event-feed.ts';
import { posted, registered } from './testing/sample-events.ts';
import { tableRows } from './testing/table-rows.ts';

const PROJECTORS = [accountsProjector, feedProjector, messagesProjector];
const NEXT_VERSION = accountsProjector.version + 1;
// PostgreSQL keeps no such character in a text.
const REFUSED = 'nul \0';

const Parked = t.type({
  projection: t.string,
  position: t.string,
  type: t.string,
  reason: t.string,
  attempts: t.Int,
});
const Name = t.type({ username: t.string });

describe('the runner of projections', () => {
  let database: TestDatabase;
  let feed: EventFeed;
  let retries: unknown[];
  const runners: ProjectionRunner[] = [];

  beforeEach(async () => {
    database = await freshDatabase();
    await migrate(database.pool, OPS_MIGRATIONS);
    feed = createEventFeed();
    retries = [];
  });
  afterEach(async () => {
    for (const runner of runners.splice(0)) runner.stop();
    await database.drop();
  });

  const runnerOf = (projectors: readonly Projector[] = PROJECTORS): ProjectionRunner => {
    const { pool } = database;
    const onRetry = (error: unknown) => retries.push(error);
    const runner = createProjectionRunner({ pool, store: feed.store, projectors, onRetry });
    runners.push(runner);
    return runner;
  };
  const parked = () =>
    queryRows(
      database.pool,
      Parked,
      `SELECT projection, position, type, reason, attempts FROM ops.parked_events
        ORDER BY projection`,
    );
  const usernames = async () =>
    (
      await queryRows(
        database.pool,
        Name,
        'SELECT username FROM rm_accounts.accounts ORDER BY user_id',
      )
    ).map(({ username }) => username);
  const status = () =>
    projectionStatus({ pool: database.pool, store: feed.store, projectors: PROJECTORS });

  it('builds what is absent and begins where the log stands', async () => {
    feed.push(registered(1), posted(1));
    const runner = runnerOf();
    expect(await runner.start()).toBe(positionNo(2));
    expect(await usernames()).toEqual(['person-1']);
    expect(runner.isHealthy()).toBe(true);
    expect(await status()).toContainEqual(
      expect.objectContaining({
        name: 'accounts',
        version: accountsProjector.version,
        position: positionNo(2),
        lag: 0,
        parked: 0,
      }),
    );
  });

  it('brings every projection from its own checkpoint to the same position', async () => {
    feed.push(registered(1), posted(1));
    const first = runnerOf();
    await first.start();
    first.stop();
    feed.push(registered(2), posted(2));
    await database.pool.query(`UPDATE ops.projections SET position = $1 WHERE name = 'accounts'`, [
      positionNo(0),
    ]);
    expect(await runnerOf().start()).toBe(positionNo(4));
    expect(await usernames()).toEqual(['person-1', 'person-2']);
    expect((await status()).map(({ lag }) => lag)).toEqual([0, 0, 0]);
  });

  it('parks the one event a projection refuses and applies all others in order', async () => {
    const runner = runnerOf();
    await runner.start();
    const batch = feed.push(
      ...Array.from({ length: 9 }, (_, i) => registered(i + 1, i === 4 ? REFUSED : undefined)),
      posted(1),
    );
    await runner.apply(batch);
    expect(await usernames()).toEqual([1, 2, 3, 4, 6, 7, 8, 9].map((n) => `person-${n}`));
    expect(await parked()).toEqual([
      {
        projection: 'accounts',
        position: positionNo(5),
        type: 'AccountRegistered',
        reason: 'The database refused it (22021).',
        attempts: 4,
      },
    ]);
    expect(retries).toHaveLength(3);
    expect((await status())[0]).toMatchObject({ position: positionNo(10), lag: 0, parked: 1 });
    expect(await tableRows(database.pool, [messagesProjector])).toHaveLength(1);
  });

  it('parks an event its projector throws on', async () => {
    const throwing: Projector = {
      ...accountsProjector,
      project: (events) => {
        if (events.some((event) => event.meta.position === positionNo(2))) throw new RangeError();
        return accountsProjector.project(events);
      },
    };
    const runner = runnerOf([throwing]);
    await runner.start();
    await runner.apply(feed.push(registered(1), registered(2), registered(3)));
    expect(await usernames()).toEqual(['person-1', 'person-3']);
    expect(await parked()).toMatchObject([
      { position: positionNo(2), reason: 'The projector threw (RangeError).' },
    ]);
  });

  it('parks what can not be decoded, under each projection it concerns', async () => {
    const runner = runnerOf();
    await runner.start();
    feed.push(registered(1));
    feed.pushUndecodable('MessagePosted');
    feed.pushUndecodable('NeverHeardOf');
    feed.push(registered(2));
    await runner.apply(feed.all());
    expect(await parked()).toMatchObject([
      { projection: UNCLAIMED, position: positionNo(3), type: 'NeverHeardOf' },
      { projection: 'feed', position: positionNo(2), type: 'MessagePosted' },
      { projection: 'messages', position: positionNo(2), type: 'MessagePosted' },
    ]);
    expect(await usernames()).toEqual(['person-1', 'person-2']);
  });

  it('keeps rows and checkpoint together when it dies between two statements', async () => {
    let deaths = 0;
    const dying: Projector = {
      ...messagesProjector,
      name: 'dying',
      project: (events) => [
        ...messagesProjector.project(events),
        // Kills the very connection it runs on.
        ...(events[0]?.meta.position === positionNo(3) && (deaths += 1) <= 2
          ? [{ sql: 'SELECT pg_terminate_backend(pg_backend_pid())', values: [] }]
          : []),
      ],
    };
    const seen: Promise<readonly unknown[]>[] = [];
    const runner = createProjectionRunner({
      pool: database.pool,
      store: feed.store,
      projectors: [accountsProjector, dying],
      onRetry: () => {
        seen.push(
          Promise.all([
            usernames(),
            queryRows(
              database.pool,
              t.type({ position: t.string }),
              'SELECT position FROM ops.projections ORDER BY name',
            ).then((rows) => rows.map(({ position }) => position)),
          ]),
        );
      },
    });
    runners.push(runner);
    await runner.start();
    await runner.apply(feed.push(registered(1), posted(1)));
    await runner.apply(feed.push(posted(2), registered(2)));
    expect(deaths).toBe(3);
    for (const found of await Promise.all(seen))
      expect(found).toEqual([['person-1'], [positionNo(2), positionNo(2)]]);
    expect(seen).toHaveLength(2);
    expect(await usernames()).toEqual(['person-1', 'person-2']);
    expect(await tableRows(database.pool, [dying])).toHaveLength(2);
    expect(await parked()).toEqual([]);
  });

  it('goes on after losing every connection', async () => {
    const runner = runnerOf();
    await runner.start();
    await runner.apply(feed.push(registered(1)));
    await database.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    await runner.apply(feed.push(registered(2)));
    expect(await usernames()).toEqual(['person-1', 'person-2']);
    expect(runner.isHealthy()).toBe(true);
  });

  it('replays what a crash of the database took back', async () => {
    const runner = runnerOf();
    await runner.start();
    for (const n of [1, 2, 3]) await runner.apply(feed.push(registered(n)));
    // As after a crash: commits that did not wait for the disk are gone, rows and checkpoint together.
    await database.pool.query(`DELETE FROM rm_accounts.accounts WHERE username <> 'person-1'`);
    await database.pool.query('UPDATE ops.projections SET position = $1', [positionNo(1)]);
    await runner.apply(feed.push(registered(4)));
    expect(await usernames()).toEqual(['person-1', 'person-2', 'person-3', 'person-4']);
    expect(runner.position()).toBe(positionNo(4));
  });

  it('replays what a crash of the database took back also when nothing new comes', async () => {
    const runner = runnerOf();
    await runner.start();
    await runner.apply(feed.push(registered(1)));
    await database.pool.query(`DELETE FROM rm_accounts.accounts;`);
    await database.pool.query('UPDATE ops.projections SET position = $1', [positionNo(0)]);
    await database.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks
        WHERE locktype = 'advisory' AND classid = 7310 AND objid = 4
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    while ((await usernames()).length === 0) await new Promise(setImmediate);
    expect(await usernames()).toEqual(['person-1']);
  });

  it('rebuilds a projection of another version before it serves', async () => {
    feed.push(registered(1));
    const before = runnerOf();
    await before.start();
    before.stop();
    const changed: Projector = {
      ...accountsProjector,
      version: NEXT_VERSION,
      createTables: accountsProjector.createTables.replace(');', ', extra text);'),
    };
    await runnerOf([changed, feedProjector, messagesProjector]).start();
    const [row] = await tableRows(database.pool, [changed]);
    expect(row).toMatch(new RegExp(`^accounts \\(${userNo(1)},person-1,${noon},.*,\\)$`)); // The last column is the new one.
    expect((await status())[0]).toMatchObject({ version: NEXT_VERSION, lag: 0 });
  });

  it('rebuilds what is ahead of the log, which was restored from a backup', async () => {
    feed.push(registered(1), registered(2));
    const before = runnerOf();
    await before.start();
    before.stop();
    feed = createEventFeed();
    feed.push(registered(7));
    expect(await runnerOf().start()).toBe(positionNo(1));
    expect(await usernames()).toEqual(['person-7']);
  });

  it('stops rather than write into tables of another version', async () => {
    const runner = runnerOf();
    await runner.start();
    await database.pool.query(`UPDATE ops.projections SET version = 9 WHERE name = 'accounts'`);
    await expect(runner.apply(feed.push(registered(1)))).rejects.toThrow(ProjectionReplaced);
    expect(await usernames()).toEqual([]);
  });
});
