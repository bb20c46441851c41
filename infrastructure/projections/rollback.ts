// Takes the tables back that a rebuild replaced, in one step and at today's state.
import { oldSchema, type Projector } from '../../projections/projector.ts';
import { type Connection, type Pool } from '../postgres/database.ts';
import { dropKept, parkedOfKept, readKept, writeKept } from './kept-tables.ts';
import { withRebuildLock } from './rebuild-lock.ts';
import { replayToEnd, type Replay, type ReplayPorts } from './replay.ts';
import { takeOver } from './take-over.ts';

const TAKE_OVER_TRIES_MAX = 100;

export type RolledBack = {
  readonly name: string;
  readonly version: number;
  readonly events: number; // That had to be caught up with
};

/** Why there is nothing to go back to. */
export type NotKept =
  | { readonly type: 'NothingKept'; readonly name: string }
  | { readonly type: 'OtherVersion'; readonly name: string; readonly version: number }
  | { readonly type: 'FurtherThanTheLog'; readonly name: string };

type RollbackPorts = ReplayPorts & { readonly projector: Projector };

const rollBackOn = async (
  connection: Connection,
  { projector, ...ports }: RollbackPorts,
): Promise<RolledBack | NotKept> => {
  const { name, version } = projector;
  const [kept] = await readKept(connection, [name]);
  if (kept === undefined) return { type: 'NothingKept', name };
  if (kept.version !== version) return { type: 'OtherVersion', name, version: kept.version };
  // The log was restored from a backup: what these tables have of it never happened.
  if (kept.position > (await ports.store.head())) return { type: 'FurtherThanTheLog', name };
  const target = { projector, schema: oldSchema(projector), parkAs: parkedOfKept(name) };
  const replay: Replay = { at: kept.position, done: 0 };
  for (let tries = 1; ; tries += 1) {
    await replayToEnd(connection, ports, target, replay, {
      onApplied: (position) => writeKept(connection, { ...kept, position }),
    });
    if ((await takeOver(connection, ports, target, replay.at)) === 'done') break;
    if (tries === TAKE_OVER_TRIES_MAX) throw new Error(`The kept ${name} could not take over.`);
  }
  return { name, version, events: replay.done };
};

/**
 * Makes the tables that the last rebuild replaced the live ones again, once they have caught up with the log, and keeps
 * those that they replace: rolling back twice is as if nothing had been. No reader sees an error or an older state.
 */
export const rollBackProjection = (ports: RollbackPorts): Promise<RolledBack | NotKept> =>
  withRebuildLock(ports.pool, ports.projector.name, (connection) => rollBackOn(connection, ports));

/** Drops the tables that the last rebuild replaced; says whether there were any. */
export const dropReplaced = (pool: Pool, projector: Pick<Projector, 'name'>): Promise<boolean> =>
  withRebuildLock(pool, projector.name, async (connection) => {
    const kept = await readKept(connection, [projector.name]);
    await dropKept(connection, projector);
    return kept.length > 0;
  });
