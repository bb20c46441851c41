// Many concurrent appends share one transaction: one connection, one batch in flight, the next batch fills meanwhile.
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Append,
  type RecordedStoredEvent,
} from '../../../application/event-store/event-log.ts';
import { type BatchAnswer, type Outcome } from './append-call.ts';
import { type Waiting, createAppendQueue, unavailable } from './append-queue.ts';
import { isDuplicateEvent, isPassing } from './connection-loss.ts';

export type GroupCommit = {
  readonly append: (append: Append) => Promise<Outcome>;
  /** Takes no more; resolves once everything taken is answered. */
  readonly close: () => Promise<void>;
};

export type GroupCommitOptions = {
  /** Runs one batch; rejects when it isn't known to be stored. Must end within the time given. */
  readonly call: (batch: readonly Waiting[], timeoutMs: number) => Promise<BatchAnswer>;
  readonly onStored: (events: readonly RecordedStoredEvent[]) => void;
  readonly onError: (error: unknown) => void;
  readonly queueMax: number;
  readonly deadlineMs: number; // From append to answer
};

const CALL_MS_MIN = 500;
const SWEEP_MS = 250;
const BACKOFF_MS_MIN = 20;
const BACKOFF_MS_MAX = 1_000;

const msLeft = (batch: readonly Waiting[]): number => {
  const earliest = Math.min(...batch.map(({ expiresAt }) => expiresAt));
  return Math.max(CALL_MS_MIN, earliest - performance.now());
};

const longer = (ms: number): number => Math.min(BACKOFF_MS_MAX, Math.max(BACKOFF_MS_MIN, ms * 2));

export const createGroupCommit = ({
  call,
  onStored,
  onError,
  queueMax,
  deadlineMs,
}: GroupCommitOptions): GroupCommit => {
  const queue = createAppendQueue();
  let running: Promise<void> | undefined;
  let closed = false;
  let backoffMs = 0;

  const attempt = async (batch: readonly Waiting[]): Promise<void> => {
    const { outcomes, stored } = await call(batch, msLeft(batch));
    backoffMs = 0;
    onStored(stored);
    batch.forEach(({ answer }, n) => answer(outcomes[n] as Outcome));
  };

  // A batch that the database refuses for good is halved until the culprit stands alone: about twice log2 of its size.
  const settle = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      await attempt(batch);
    } catch (error) {
      const [only] = batch;
      if (isPassing(error)) {
        onError(error);
        for (const command of batch) command.retry = true;
        queue.putBack(batch);
        backoffMs = longer(backoffMs);
      } else if (batch.length > 1) {
        await settle(batch.slice(0, batch.length / 2));
        await settle(batch.slice(batch.length / 2));
      } else if (only !== undefined && isDuplicateEvent(error) && !only.retry) {
        only.retry = true;
        await settle(batch);
      } else {
        only?.refuse(error);
      }
    }
  };

  const run = async (): Promise<void> => {
    const sweeper = setInterval(queue.sweep, SWEEP_MS);
    // Appends of the same turn of the event loop come together in one batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.size() > 0) {
      if (backoffMs > 0) await delay(backoffMs);
      const batch = queue.take();
      if (batch.length > 0) await settle(batch);
    }
    clearInterval(sweeper);
    running = undefined;
  };

  const append = (wanted: Append): Promise<Outcome> => {
    if (closed) return Promise.resolve(unavailable('The log is closed.'));
    if (queue.size() >= queueMax) return Promise.resolve(unavailable('The queue is full.'));
    return new Promise((answer, refuse) => {
      const expiresAt = performance.now() + deadlineMs;
      queue.push({ append: wanted, expiresAt, answer, refuse, retry: false });
      running ??= run();
    });
  };

  const close = async (): Promise<void> => {
    closed = true;
    await running;
  };
  return { append, close };
};
