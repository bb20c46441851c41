// Follows KurrentDB. A subscription begins after the given position. One that loses the server only emits `error`: it's
// then given up and a new one begins after the last event that we handed on, never at a checkpoint of the server's.
import type * as db from '@eventstore/db-client';
import { excludeSystemEvents } from '@eventstore/db-client';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type EventLog,
  type Position,
  type RecordedStoredEvent,
} from '../../../application/event-store/event-log.ts';
import { createWake } from '../wake.ts';
import { type KurrentClient } from './kurrent-client.ts';
import { fromPosition, recordedOf } from './kurrent-events.ts';

const BATCH_MAX = 500;
const BACKOFF_MS_MIN = 100;
const BACKOFF_MS_MAX = 5_000;
const LOOK_MS = 1_000;

type Intake = {
  /** Whether nothing more will come. What had arrived when the server was lost still does. */
  readonly isDry: () => boolean;
  readonly take: () => readonly db.AllStreamResolvedEvent[];
  readonly wait: (signal: AbortSignal) => Promise<void>;
  readonly close: () => void;
};

// Pauses the server's stream when the consumer falls behind.
const openIntake = (
  subscription: db.AllStreamSubscription,
  batchMax: number,
  onError: (error: unknown) => void,
): Intake => {
  const buffer: db.AllStreamResolvedEvent[] = [];
  const wake = createWake();
  let ended = false;
  const end = (): void => {
    ended = true;
    wake.call();
  };
  subscription.on('error', (error) => {
    onError(error);
    end();
  });
  subscription.on('end', end);
  subscription.on('close', end);
  subscription.on('data', (resolved: db.AllStreamResolvedEvent) => {
    buffer.push(resolved);
    if (buffer.length >= batchMax) subscription.pause();
    wake.call();
  });
  const isDry = (): boolean =>
    ended && buffer.length === 0 && (subscription.destroyed || subscription.readableLength === 0);
  return {
    isDry,
    take: () => {
      const batch = buffer.splice(0, batchMax);
      if (buffer.length < batchMax) subscription.resume();
      return batch;
    },
    wait: (signal) =>
      buffer.length > 0 || isDry() ? Promise.resolve() : wake.wait(wake.ticket(), LOOK_MS, signal),
    close: () => {
      // Both: the first ends the call to the server, the second the stream here.
      subscription.unsubscribe().catch(() => undefined);
      subscription.destroy();
    },
  };
};

export const createKurrentSubscribe = ({
  client,
  isClosed,
  onError,
}: {
  readonly client: KurrentClient;
  readonly isClosed: () => boolean;
  readonly onError: (error: unknown) => void;
}): EventLog['subscribe'] =>
  async function* (after, { signal, batchMax = BATCH_MAX }) {
    let last: Position = after;
    let backoffMs = BACKOFF_MS_MIN;
    const fresh = (resolved: db.AllStreamResolvedEvent): readonly RecordedStoredEvent[] => {
      const recorded = recordedOf(resolved);
      return recorded === undefined || recorded.position <= last ? [] : [recorded];
    };
    const isOver = (): boolean => signal.aborted || isClosed();
    while (!isOver()) {
      const subscription = client.subscribeToAll({
        fromPosition: fromPosition(last),
        filter: excludeSystemEvents(),
      });
      const intake = openIntake(subscription, batchMax, onError);
      try {
        while (!isOver() && !intake.isDry()) {
          const batch = intake.take().flatMap(fresh);
          const newest = batch.at(-1);
          if (newest === undefined) {
            await intake.wait(signal);
          } else {
            last = newest.position;
            backoffMs = BACKOFF_MS_MIN;
            yield batch;
          }
        }
      } finally {
        intake.close();
      }
      if (isOver()) return;
      await delay(backoffMs, undefined, { signal }).catch(() => undefined);
      backoffMs = Math.min(BACKOFF_MS_MAX, backoffMs * 2);
    }
  };
