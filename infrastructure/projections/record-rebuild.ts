import type * as t from 'io-ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { type Clock } from '../../application/ports.ts';
import { type Rebuilt } from './rebuild.ts';

/** Has the log tell that somebody had a projection rebuilt. */
export const recordRebuild = async (
  {
    store,
    clock,
    newUuid,
  }: {
    readonly store: Pick<EventStore, 'append'>;
    readonly clock: Clock;
    readonly newUuid: () => string;
  },
  actor: string,
  { name: projection, version, events }: Rebuilt,
): Promise<void> => {
  const counted = { version: version as t.Int, events: events as t.Int };
  await store.append({
    ...{ stream: 'log', expected: 'any' as const },
    events: [{ type: 'ProjectionRebuilt', data: { projection, ...counted, at: clock.now() } }],
    context: { actor, correlationId: newUuid() },
  })();
};
