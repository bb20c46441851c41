// What read models have to do with an erasure: they follow the log by themselves, and keep some things beside.
import { setTimeout as delay } from 'node:timers/promises';
import * as t from 'io-ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { type Clock } from '../../application/ports.ts';
import { CORE_PROJECTORS } from '../../projections/core-projectors.ts';
import { queryRows, type Pool } from '../postgres/database.ts';
import { readControls } from '../projections/control-rows.ts';
import { dropKept, readKept } from '../projections/kept-tables.ts';
import { withRebuildLock } from '../projections/rebuild-lock.ts';
import { recordAct } from '../projections/record-act.ts';

const POLL_MS = 200;
const CORE = CORE_PROJECTORS.map(({ name }) => name);
const ERASURES = 'erasures';

/** Where words, names and hashes of pictures stand in the clear, so that the database's statistics of them do too. */
export const CLEAR_TABLES = [
  'rm_accounts.accounts',
  'rm_accounts.pictures',
  'rm_messages.reactions',
  'rm_search.doc',
  'rm_search.term',
] as const;

type WaitPorts = {
  readonly pool: Pool;
  /** Up to where messages are indexed; null while there is no index. */
  readonly indexedTo: () => Promise<Position | null>;
  readonly waitMs: number;
};

const haveReached = async (
  pool: Pool,
  projections: readonly string[],
  position: Position,
): Promise<boolean> => {
  const controls = await readControls(pool, projections);
  const isCurrent = controls.every((control) => control.position >= position);
  return isCurrent && controls.length === projections.length;
};

/** Waits until the read model of erasures has reached a position, or that takes too long, or nobody waits any more. */
export const erasuresKnown = async (
  pool: Pool,
  position: Position,
  { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<void> => {
  const end = performance.now() + waitMs;
  while (!signal.aborted && performance.now() < end) {
    if (await haveReached(pool, [ERASURES], position)) return;
    await delay(POLL_MS);
  }
};

/** Makes what waits until read models and index have reached a position; false when they have not in time. */
export const createCaughtUp =
  ({ pool, indexedTo, waitMs }: WaitPorts) =>
  async (position: Position): Promise<boolean> => {
    const end = performance.now() + waitMs;
    for (;;) {
      if (await haveReached(pool, CORE, position)) {
        const indexed = await indexedTo();
        if (indexed === null || indexed >= position) return true;
      }
      if (performance.now() > end) return false;
      await delay(POLL_MS);
    }
  };

/** Those of these tables that there are. */
export const existing = async (
  pool: Pool,
  tables: readonly string[],
): Promise<readonly string[]> => {
  const rows = await queryRows(
    pool,
    t.type({ name: t.string }),
    'SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL',
    [tables],
  );
  return rows.map(({ name }) => name);
};

type SweepPorts = Parameters<typeof recordAct>[0] & {
  readonly pool: Pool;
  readonly clock: Clock;
};

/** Drops the tables that rebuilds replaced, which know of no erasure, and makes the statistics of clear texts anew. */
export const createSweepReadModels = (ports: SweepPorts) => async (): Promise<void> => {
  const { pool, clock } = ports;
  for (const { name } of await readKept(pool, [...CORE, 'search'])) {
    await withRebuildLock(pool, name, (connection) => dropKept(connection, { name }));
    const data = { projection: name, at: clock.now() };
    await recordAct(ports, 'operator', { type: 'ReplacedProjectionDropped', data });
  }
  for (const table of await existing(pool, CLEAR_TABLES)) await pool.query(`ANALYZE ${table}`);
};
