// Follows the log and tells everyone in the one order that keeps the promises: first the state that commands authorize
// over, then the read models in one transaction, then waiting reads, then the gateway (invariant I9).
import { type GuildAccess } from '../../application/access/guild-access.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import {
  type EventStore,
  type Recorded,
  type Undecodable,
} from '../../application/event-store/event-store.ts';
import { type Log } from '../logging/log.ts';

export type Batch = readonly (Recorded | Undecodable)[];

export type PipelineStages = {
  readonly store: Pick<EventStore, 'subscribe'>;
  readonly access: Pick<GuildAccess, 'apply'>;
  readonly revoke: (batch: Batch) => void; // Forgets the verified tokens of revoked sessions
  /** False when the signal ended it: nobody is to hear of this batch here. */
  readonly project: (batch: Batch, signal: AbortSignal) => Promise<boolean>;
  readonly reached: (position: Position) => void;
  readonly announce: (batch: Batch) => Promise<void>;
  readonly keepSealed: ReadonlySet<string>;
  readonly log: Log;
};

export type Pipeline = {
  /** Ends after the batch in hand, or without it where another process is waited for; rejects if it died of a bug. */
  readonly stop: () => Promise<void>;
  /** Rejects when the pipeline dies: the process must not go on serving old state. */
  readonly failed: Promise<never>;
};

const BATCH_MAX = 1000;

export const startPipeline = (after: Position, stages: PipelineStages): Pipeline => {
  const { store, access, revoke, project, reached, announce, keepSealed, log } = stages;
  const stopping = new AbortController();
  const run = async () => {
    const options = { signal: stopping.signal, batchMax: BATCH_MAX, keepSealed };
    for await (const batch of store.subscribe(after, options)) {
      access.apply(batch);
      revoke(batch);
      if (!(await project(batch, stopping.signal))) return;
      const last = batch.at(-1);
      if (last) reached(last.meta.position);
      // A frame that can't be made must not stop the read models: its cause is logged, clients find the change by REST.
      await announce(batch).catch((err: unknown) =>
        log.error({ event: 'gateway.announce_failed', err }),
      );
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
    failed: new Promise<never>((_, reject) => {
      running.catch(reject);
    }),
  };
};
