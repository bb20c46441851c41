// Several runners on one database, as several processes have them: one projects, the others follow, and one of those takes over.
import { setTimeout as delay } from 'node:timers/promises';
import * as fc from 'fast-check';
import { accountsProjector } from '../../projections/accounts/projector.ts';
import { CORE_PROJECTORS, keptSealedBy } from '../../projections/core-projectors.ts';
import { feedProjector } from '../../projections/feed/projector.ts';
import { messagesProjector } from '../../projections/messages/projector.ts';
import { type Projector } from '../../projections/projector.ts';
import { migrate } from '../postgres/migrations.ts';
import { freshDatabase, type TestDatabase } from '../testing/database.ts';
import { ProjectionReplaced } from './live-session.ts';
import { OPS_MIGRATIONS } from './migrations.ts';
import { rebuildProjection } from './rebuild.ts';
import { createProjectionRunner, type ProjectionRunner } from './runner.ts';
import { createEventFeed, type EventFeed, positionNo } from './testing/event-feed.ts';
import { anyEvent } from './testing/random-history.ts';
import { posted, registered } from './testing/sample-events.ts';
import { dropReadModels, tableRows } from './testing/table-rows.ts';

const PROJECTORS = [accountsProjector, feedProjector, messagesProjector];
const LOOKS_MAX = 1_000;
const LEAD_LOCK = `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 7310 AND objid = 4
  AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

describe('several runners of projections', () => {
  let database: TestDatabase;
  let feed: EventFeed;
  let takeOvers: ProjectionRunner[];
  let standBys: (readonly string[])[];
  const runners: ProjectionRunner[] = [];

  beforeEach(async () => {
    database = await freshDatabase();
    await migrate(database.pool, OPS_MIGRATIONS);
    feed = createEventFeed();
    [takeOvers, standBys] = [[], []];
  });
  afterEach(async () => {
    for (const runner of runners.splice(0)) runner.stop();
    await database.drop();
  });

  const runnerOf = (projectors: readonly Projector[] = PROJECTORS): ProjectionRunner => {
    const runner = createProjectionRunner({
      pool: database.pool,
      store: feed.store,
      projectors,
      onStandBy: (differing) => standBys.push(differing),
      onTakeOver: () => takeOvers.push(runner),
    });
    runners.push(runner);
    return runner;
  };
  const begun = async (projectors?: readonly Projector[]): Promise<ProjectionRunner> => {
    const runner = runnerOf(projectors);
    await runner.start();
    return runner;
  };
  const until = async (isSo: () => boolean | Promise<boolean>) => {
    for (let looks = 0; !(await isSo()); looks += 1) {
      if (looks > LOOKS_MAX) throw new Error('It never came to be so.');
      await delay(5);
    }
  };
  const rebuiltRows = async (projectors: readonly Projector[]) => {
    const { pool } = database;
    const keepSealed = keptSealedBy(projectors);
    for (const projector of projectors)
      await rebuildProjection({ pool, store: feed.store, keepSealed, projector });
    return tableRows(pool, projectors);
  };

  it('follows one that projects: starts where that one is, and hears of what that one applied', async () => {
    feed.push(registered(1));
    const active = await begun();
    const follower = runnerOf();
    expect(await follower.start()).toBe(positionNo(1));
    expect([active, follower].map((runner) => runner.isProjecting())).toEqual([true, false]);

    const batch = feed.push(registered(2), posted(1));
    let heard = false;
    const hearing = follower.apply(batch).then((applied) => {
      heard = true;
      return applied;
    });
    await until(async () => (await database.pool.query(LEAD_LOCK)).rowCount === 1);
    expect(heard).toBe(false);
    await active.apply(batch);
    expect(await hearing).toBe(true);
    expect(follower.position()).toBe(positionNo(3));
    expect([active, follower].map((runner) => runner.isProjecting())).toEqual([true, false]);
    expect(follower.isHealthy()).toBe(true);
    expect(takeOvers).toEqual([]);
  });

  it('has applied what the one that projects had not, when that one ends while it is waited for', async () => {
    const active = await begun();
    const follower = await begun();
    const first = feed.push(registered(1));
    await active.apply(first);
    await follower.apply(first);
    const batch = feed.push(registered(2), posted(1));
    const hearing = follower.apply(batch);
    active.stop();
    expect(await hearing).toBe(true);
    expect(takeOvers).toEqual([follower]);
    expect(follower.isProjecting()).toBe(true);
    const rows = await tableRows(database.pool, PROJECTORS);
    follower.stop();
    expect(await rebuiltRows(PROJECTORS)).toEqual(rows);
  });

  it('takes over also when nothing new comes, with all that a crash took back', async () => {
    const active = await begun();
    const follower = await begun();
    const batch = feed.push(registered(1), posted(1));
    await active.apply(batch);
    await follower.apply(batch);
    const rows = await tableRows(database.pool, PROJECTORS);
    // As after a crash of the machine: commits that did not wait for the disk are gone, rows and checkpoint together.
    await database.pool.query('DELETE FROM rm_accounts.accounts');
    await database.pool.query(`UPDATE ops.projections SET position = $1 WHERE name = 'accounts'`, [
      positionNo(0),
    ]);
    active.stop();
    await until(() => takeOvers.length > 0);
    expect(takeOvers).toEqual([follower]);
    expect(await tableRows(database.pool, PROJECTORS)).toEqual(rows);
  });

  it('follows the one that took its place after its connection was ended', async () => {
    const active = await begun();
    const follower = await begun();
    await database.pool.query(`SELECT pg_terminate_backend(pid) FROM (${LEAD_LOCK}) AS holder`);
    await until(() => [active, follower].some((runner) => runner.isProjecting()));
    const batch = feed.push(registered(1));
    expect(await Promise.all([active.apply(batch), follower.apply(batch)])).toEqual([true, true]);
    expect([active, follower].filter((runner) => runner.isProjecting())).toHaveLength(1);
    expect(await tableRows(database.pool, [accountsProjector])).toHaveLength(1);
  });

  it('ends while another is waited for, when it is asked to', async () => {
    await begun();
    const follower = await begun();
    const stopping = new AbortController();
    const hearing = follower.apply(feed.push(registered(1)), stopping.signal);
    stopping.abort();
    expect(await hearing).toBe(false);
    expect(follower.position()).toBe(positionNo(0));
  });

  it('waits for one that projects with other versions to end, says of which, and builds its own then', async () => {
    feed.push(registered(1));
    const active = await begun();
    const next = { ...accountsProjector, version: accountsProjector.version + 1 };
    const newer = runnerOf([next, feedProjector, messagesProjector]);
    let started = false;
    const starting = newer.start().then(() => (started = true));
    await until(() => standBys.length > 0);
    await active.apply(feed.push(registered(2)));
    expect(started).toBe(false);
    expect(standBys).toEqual([['accounts']]);
    active.stop();
    await starting;
    expect(await tableRows(database.pool, [next])).toHaveLength(2);
    expect(newer.isProjecting()).toBe(true);
  });

  it('goes on no longer once another version was built, and keeps nobody out', async () => {
    const active = await begun();
    const follower = await begun();
    await database.pool.query(`UPDATE ops.projections SET version = 99 WHERE name = 'accounts'`);
    const batch = feed.push(registered(1));
    await expect(active.apply(batch)).rejects.toThrow(ProjectionReplaced);
    await expect(follower.apply(batch)).rejects.toThrow(ProjectionReplaced);
    active.stop();
    // It takes the lock in its turn, and gives it back.
    await until(() => !follower.isHealthy());
    await until(async () => (await database.pool.query(LEAD_LOCK)).rowCount === 0);
  });
});

describe('runners that end at any moment', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
    await migrate(database.pool, OPS_MIGRATIONS);
  });
  afterAll(() => database.drop(), 120_000);

  const RUNS = 6;
  const SEATS = 3;
  const step = fc.record({
    size: fc.integer({ min: 1, max: 30 }),
    ends: fc.constantFrom('nobody', 'the one that projects', 'one that follows'),
  });

  it('leave tables equal to rebuilt ones: nothing is applied twice, nothing skipped', async () => {
    const { pool } = database;
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyEvent, { minLength: 1, maxLength: 100, size: 'max' }),
        fc.array(step, { minLength: 1, maxLength: 8 }),
        async (history, steps) => {
          await dropReadModels(pool, CORE_PROJECTORS);
          const feed = createEventFeed();
          const { store } = feed;
          const seat = async () => {
            const runner = createProjectionRunner({ pool, store, projectors: CORE_PROJECTORS });
            await runner.start();
            return runner;
          };
          const runners: ProjectionRunner[] = [];
          for (let i = 0; i < SEATS; i += 1) runners.push(await seat());
          for (let from = 0, i = 0; from < history.length; i += 1) {
            const { size, ends } = steps[i % steps.length]!;
            const batch = feed.push(...history.slice(from, from + size));
            from += size;
            const leaves = runners.findIndex(
              (runner) => runner.isProjecting() === (ends === 'the one that projects'),
            );
            const applying = runners.map((runner) => runner.apply(batch));
            if (ends === 'nobody' || leaves === -1) {
              expect(new Set(await Promise.all(applying))).toEqual(new Set([true]));
              continue;
            }
            // In the middle of it.
            runners[leaves]!.stop();
            const outcomes = await Promise.allSettled(applying);
            outcomes.forEach((outcome, index) => {
              if (index !== leaves) expect(outcome).toEqual({ status: 'fulfilled', value: true });
            });
            runners[leaves] = await seat();
          }
          const live = await tableRows(pool, CORE_PROJECTORS);
          for (const runner of runners) runner.stop();
          const keepSealed = keptSealedBy(CORE_PROJECTORS);
          for (const projector of CORE_PROJECTORS)
            await rebuildProjection({ pool, store, keepSealed, projector });
          expect(await tableRows(pool, CORE_PROJECTORS)).toEqual(live);
        },
      ),
      { numRuns: RUNS },
    );
  }, 300_000);
});
