// However a history is cut into batches, repeated, or replayed as a whole: the tables are the same, byte for byte.
import * as fc from 'fast-check';
import { CORE_PROJECTORS, keptSealedBy } from '../../projections/core-projectors.ts';
import { migrate } from '../postgres/migrations.ts';
import { freshDatabase, type TestDatabase } from '../testing/database.ts';
import { projectionChecksums } from './checksums.ts';
import { OPS_MIGRATIONS } from './migrations.ts';
import { rebuildProjection } from './rebuild.ts';
import { createProjectionRunner } from './runner.ts';
import { createEventFeed } from './testing/event-feed.ts';
import { anyEvent } from './testing/random-history.ts';
import { dropReadModels, tableRows } from './testing/table-rows.ts';

const RUNS = 15;
const EVENTS_MAX = 120;

const step = fc.record({
  size: fc.integer({ min: 1, max: 40 }),
  overlap: fc.integer({ min: 0, max: 5 }), // How many events of before come again
});

describe('replay equality', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
    await migrate(database.pool, OPS_MIGRATIONS);
  });
  // A history that is cut off by the time limit may still be running.
  afterAll(() => database.drop(), 120_000);

  const checksums = async () => {
    const all = [];
    for (const projector of CORE_PROJECTORS)
      all.push(...(await projectionChecksums(database.pool, projector)));
    return all;
  };

  it('gives live tables equal to rebuilt ones after any history in any batches', async () => {
    const { pool } = database;
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyEvent, { maxLength: EVENTS_MAX, size: 'max' }),
        fc.array(step, { minLength: 1, maxLength: 20 }),
        async (history, steps) => {
          await dropReadModels(pool, CORE_PROJECTORS);
          const feed = createEventFeed();
          const { store } = feed;
          const runner = createProjectionRunner({ pool, store, projectors: CORE_PROJECTORS });
          await runner.start();
          const events = feed.push(...history);
          let from = 0;
          for (let i = 0; from < events.length; i += 1) {
            const { size, overlap } = steps[i % steps.length]!;
            const batch = events.slice(Math.max(0, from - overlap), from + size);
            await runner.apply(batch);
            if (overlap > 2) await runner.apply(batch); // All of it again
            from += size;
          }
          runner.stop();
          const live = { rows: await tableRows(pool, CORE_PROJECTORS), sums: await checksums() };
          const keepSealed = keptSealedBy(CORE_PROJECTORS);
          for (const projector of CORE_PROJECTORS)
            await rebuildProjection({ pool, store, keepSealed, projector });
          expect(await tableRows(pool, CORE_PROJECTORS)).toEqual(live.rows);
          expect(await checksums()).toEqual(live.sums);
        },
      ),
      // Making a failing history smaller takes its time, and must end before the test is cut off.
      { numRuns: RUNS, interruptAfterTimeLimit: 60_000 },
    );
  }, 120_000);
});
