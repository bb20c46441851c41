// The tables that a rebuild replaced: compared, kept, taken back, dropped.
import { messageNo, userNo } from '../../domain/shared/testing/samples.ts';
import { accountsProjector } from '../../projections/accounts/projector.ts';
import { CORE_PROJECTORS } from '../../projections/core-projectors.ts';
import { messagesProjector } from '../../projections/messages/projector.ts';
import { type Projector } from '../../projections/projector.ts';
import { createSearchProjector } from '../../projections/search/search-projector.ts';
import { createPool, type Pool } from '../postgres/database.ts';
import { migrate } from '../postgres/migrations.ts';
import { freshDatabase, type TestDatabase } from '../testing/database.ts';
import { OPS_MIGRATIONS } from './migrations.ts';
import { projectionStatus } from './projection-status.ts';
import { rebuildProjection, verifyProjection } from './rebuild.ts';
import { dropReplaced, rollBackProjection } from './rollback.ts';
import { createProjectionRunner, type ProjectionRunner } from './runner.ts';
import { createEventFeed, positionNo, type EventFeed } from './testing/event-feed.ts';
import { posted, registered } from './testing/sample-events.ts';
import { tableRows } from './testing/table-rows.ts';

const keepSealed: ReadonlySet<string> = new Set();
/** The same tables, as a later release might have them. */
const nextRelease: Projector = {
  ...accountsProjector,
  version: accountsProjector.version + 1,
  createTables: accountsProjector.createTables.replace(');', ', extra text);'),
};

describe('replaced tables', () => {
  let database: TestDatabase;
  let otherPool: Pool;
  let feed: EventFeed;
  let runner: ProjectionRunner;

  const run = (projectors: readonly Projector[]) =>
    createProjectionRunner({ pool: database.pool, store: feed.store, projectors });
  const work = (projector: Projector) => ({
    ...{ pool: otherPool, store: feed.store, keepSealed, projector, compares: true },
  });
  const rows = (projector: Projector = accountsProjector) => tableRows(otherPool, [projector]);
  const status = async (projector: Projector = accountsProjector) =>
    (await projectionStatus({ pool: otherPool, store: feed.store, projectors: [projector] }))[0];

  beforeEach(async () => {
    database = await freshDatabase();
    otherPool = createPool({ url: database.url, name: 'other', max: 3 });
    await migrate(database.pool, OPS_MIGRATIONS);
    feed = createEventFeed();
    runner = run(CORE_PROJECTORS);
    await runner.start();
    await runner.apply(feed.push(registered(1), posted(1), registered(2)));
  });
  afterEach(async () => {
    runner.stop();
    await otherPool.end();
    await database.drop();
  });

  const spoil = () =>
    database.pool.query(`UPDATE rm_accounts.accounts SET username = 'spoilt' WHERE user_id = $1`, [
      userNo(1),
    ]);

  it('are equal to those that replaced them, or the rebuild says where not', async () => {
    const equal = { table: 'accounts', rows: 2, rebuiltRows: 2, isEqual: true };
    const { compared } = await rebuildProjection(work(accountsProjector));
    expect(compared).toContainEqual(equal);
    expect(compared?.every(({ isEqual }) => isEqual)).toBe(true);
    await spoil();
    const again = await rebuildProjection(work(accountsProjector));
    expect(again.compared).toContainEqual({ ...equal, isEqual: false });
  });

  it('are compared without being replaced, while more is written', async () => {
    let n = 3;
    let isOver = false;
    const write = async () => {
      for (; !isOver; n += 1) await runner.apply(feed.push(registered(n), posted(n)));
    };
    const verify = async () => {
      const good = await verifyProjection(work(accountsProjector));
      expect(good.compared?.every(({ isEqual }) => isEqual)).toBe(true);
      await spoil();
      const bad = await verifyProjection(work(accountsProjector));
      expect(bad.compared?.filter(({ isEqual }) => !isEqual)).toMatchObject([
        { table: 'accounts' },
      ]);
    };
    await Promise.all([verify().finally(() => (isOver = true)), write()]);
    expect((await rows()).join()).toContain('spoilt');
    expect(await status()).toMatchObject({ keptVersion: null, keptPosition: null });
    const left = await otherPool.query(`SELECT to_regnamespace('rm_accounts_next') AS schema`);
    expect(left.rows).toEqual([{ schema: null }]);
  });

  it('are not compared with another version', async () => {
    expect((await verifyProjection(work(nextRelease))).compared).toBeNull();
    expect((await rebuildProjection(work(nextRelease))).compared).toBeNull();
    // This runner is of the version before: it must stop rather than write tables it does not know.
    await expect(runner.apply(feed.push(registered(3)))).rejects.toThrow('version');
  });

  it('come back at the present state, and may go again', async () => {
    await rebuildProjection(work(accountsProjector));
    await spoil();
    expect(await status()).toMatchObject({
      keptVersion: accountsProjector.version,
      keptPosition: positionNo(3),
    });
    await runner.apply(feed.push(registered(3), registered(4)));
    const { name, version } = accountsProjector;
    expect(await rollBackProjection(work(accountsProjector))).toEqual({ name, version, events: 2 });
    const now = await rows();
    expect(now.join()).toContain('person-4');
    expect(now.join()).not.toContain('spoilt');
    await runner.apply(feed.push(registered(5)));
    expect((await rows()).join()).toContain('person-5');
    await rollBackProjection(work(accountsProjector));
    expect((await rows()).join()).toContain('spoilt');
    expect((await rows()).join()).toContain('person-5');
  });

  it('take what they could not take with them', async () => {
    await runner.apply(feed.push(registered(3, '\0')));
    expect(await status()).toMatchObject({ parked: 1 });
    await rebuildProjection(work({ ...accountsProjector, project: () => [] }));
    expect(await status()).toMatchObject({ parked: 0 });
    await rollBackProjection(work(accountsProjector));
    expect(await status()).toMatchObject({ parked: 1 });
  });

  it('are never older for a reader while they come back', async () => {
    await rebuildProjection(work(messagesProjector));
    let written = 1;
    let isOver = false;
    const write = async () => {
      while (!isOver) {
        await runner.apply(feed.push(posted(written + 1)));
        written += 1;
      }
    };
    const read = async () => {
      while (!isOver) {
        const known = written;
        const { rows: found } = await otherPool.query<{ newest: string }>(
          'SELECT max(message_id) AS newest FROM rm_messages.messages',
        );
        expect(found[0]!.newest >= messageNo(known)).toBe(true);
      }
    };
    const rollBack = async () => {
      for (let i = 0; i < 10; i += 1) await rollBackProjection(work(messagesProjector));
    };
    await Promise.all([rollBack().finally(() => (isOver = true)), write(), read()]);
    const { compared } = await verifyProjection(work(messagesProjector));
    expect(compared?.every(({ isEqual }) => isEqual)).toBe(true);
  });

  it('are dropped by hand, and with the next rebuild', async () => {
    expect(await dropReplaced(otherPool, accountsProjector)).toBe(false);
    await rebuildProjection(work(accountsProjector));
    expect(await dropReplaced(otherPool, accountsProjector)).toBe(true);
    expect(await status()).toMatchObject({ keptVersion: null });
    expect(await rollBackProjection(work(accountsProjector))).toEqual({
      ...{ type: 'NothingKept', name: 'accounts' },
    });
    await rebuildProjection(work(accountsProjector));
    await rebuildProjection(work(accountsProjector));
    expect(await status()).toMatchObject({ keptPosition: positionNo(3) });
  });

  it('are not kept where they hold the words of messages', async () => {
    const search = createSearchProjector({ trigrams: false });
    await rebuildProjection(work(search));
    await rebuildProjection(work(search));
    expect(await rollBackProjection(work(search))).toMatchObject({ type: 'NothingKept' });
  });

  it('are for the program of their version, which takes them back by itself', async () => {
    await rebuildProjection(work(nextRelease));
    expect(await rollBackProjection(work(nextRelease))).toEqual({
      ...{ type: 'OtherVersion', name: 'accounts', version: accountsProjector.version },
    });
    runner.stop();
    feed.push(registered(3));
    await database.pool.query(`UPDATE rm_accounts_old.accounts SET username = 'kept'
      WHERE user_id = '${userNo(1)}'`);
    runner = run(CORE_PROJECTORS);
    await runner.start();
    expect((await rows()).join()).toContain('kept'); // Not rebuilt
    expect((await rows()).join()).toContain('person-3');
    expect(await status()).toMatchObject({ keptVersion: nextRelease.version });
  });

  it('are not taken back when they are ahead of the log', async () => {
    await rebuildProjection(work(accountsProjector));
    await database.pool.query('UPDATE ops.kept_projections SET position = $1', [positionNo(9)]);
    expect(await rollBackProjection(work(accountsProjector))).toMatchObject({
      type: 'FurtherThanTheLog',
    });
  });
});
