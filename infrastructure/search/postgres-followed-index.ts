// The index in PostgreSQL as the follower keeps it: rows and checkpoint in one transaction.
import { type Position } from '../../application/event-store/event-log.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { type Projector } from '../../projections/projector.ts';
import { type Connection, type Pool } from '../postgres/database.ts';
import { readControls } from '../projections/control-rows.ts';
import { type RebuildProgress } from '../projections/rebuild-progress.ts';
import { type FollowedIndex } from './followed-index.ts';
import { indexBatch } from './index-batch.ts';
import { rebuildSearch } from './rebuild-search.ts';
import { stoppableReads } from './stoppable-reads.ts';

// Under load batches fill while the one before is written; larger ones would keep fresh messages waiting.
const BATCH_MAX = 500;
// One batch costs some milliseconds before its first message: while nobody waits for them, messages are gathered.
const GATHER_MS = 100;

export type PostgresFollowedIndexPorts = {
  readonly pool: Pool; // To build on, and to look
  readonly store: Pick<EventStore, 'start' | 'readAll' | 'head'>;
  readonly projector: Projector; // createSearchProjector
  readonly onError?: (error: unknown) => void; // Told of what is tried again
  readonly onRebuild?: (progress: RebuildProgress) => void;
};

const openIndex = async (
  connection: Connection,
  { pool, store, projector, onRebuild = () => {} }: PostgresFollowedIndexPorts,
  signal: AbortSignal,
): Promise<Position> => {
  const [control] = await readControls(connection, [projector.name]);
  if (control?.version === projector.version) return control.position;
  // Of two versions of this program side by side the newer one wins, or they would rebuild it in turns for ever.
  if (control !== undefined && control.version > projector.version)
    throw new Error('A newer version of the program keeps the search index.');
  const reads = stoppableReads(store, signal);
  await rebuildSearch({ pool, store: reads, projector, onProgress: onRebuild });
  const [built] = await readControls(connection, [projector.name]);
  return built?.position ?? store.start;
};

export const createPostgresFollowedIndex = (ports: PostgresFollowedIndexPorts): FollowedIndex => {
  const { pool, projector, onError = () => {} } = ports;
  return {
    open: (connection, signal) => openIndex(connection, ports, signal),
    apply: (connection, batch, before) =>
      indexBatch(connection, projector, batch, { before, onError }),
    reached: async () => {
      const [control] = await readControls(pool, [projector.name]);
      return control?.version === projector.version ? control.position : null;
    },
    keepSealed: new Set(projector.keepSealed),
    batchMax: BATCH_MAX,
    gatherMs: GATHER_MS,
  };
};
