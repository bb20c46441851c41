// Seals by hand, beside a notary or without one.
import { type EventLog, type Position } from '../../application/event-store/event-log.ts';
import { type Limits } from '../../application/limits.ts';
import { appendSeal, type SealPorts } from './append-seal.ts';
import { readRange } from './export-log.ts';
import { findLastSeal, type LastSeal } from './last-seal.ts';
import { createTree, leafHash, sealOf } from './seal-format.ts';

export type SealNowPorts = SealPorts & {
  readonly eventLog: Pick<EventLog, 'start' | 'readStream' | 'readAll' | 'head'>;
  readonly limits: Pick<Limits, 'sealEventsMax'>;
};

/** The next range, at most as long as a seal may be; null when there is nothing but seals. */
const nextRange = async ({ eventLog, limits }: SealNowPorts, after: Position, to: Position) => {
  const tree = createTree();
  let [first, last, events, others] = ['', '', 0, 0];
  reading: for await (const page of readRange(eventLog, null, to, after)) {
    for (const event of page) {
      tree.add(leafHash(event));
      first ||= event.position;
      last = event.position;
      events += 1;
      if (sealOf(event) === null) others += 1;
      if (events === limits.sealEventsMax) break reading;
    }
  }
  if (others === 0) return null;
  return { after, first: first as Position, last: last as Position, events, root: tree.root() };
};

/** Seals everything up to the end as it is now; resolves to the last seal there is, null in an empty log. */
export const sealNow = async (
  ports: SealNowPorts,
  { actor, signal }: { readonly actor: string; readonly signal: AbortSignal },
): Promise<LastSeal | null> => {
  const { eventLog } = ports;
  const to = await eventLog.head();
  for (;;) {
    const { seal } = await findLastSeal(eventLog);
    const range = await nextRange(ports, (seal?.last ?? eventLog.start) as Position, to);
    if (range === null) return seal;
    if ((await appendSeal(ports, range, { signal, actor })) === 'stopped')
      throw new Error('The log did not take the seal in time.');
  }
};
