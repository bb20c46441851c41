// Where the seals of a log stand now.
import {
  type EventLog,
  type ExpectedRevision,
  type RecordedStoredEvent,
} from '../../application/event-store/event-log.ts';
import { leafHash, sealOf, type LogEvent, type Seal } from './seal-format.ts';

export const SEAL_STREAM = 'log';
const PAGE = 100;

/** An event as seals see it. Adapters differ in whether they keep the case of ids. */
export const logEventOf = (event: RecordedStoredEvent): LogEvent => ({
  ...event,
  eventId: event.eventId.toLowerCase(),
  correlationId: event.correlationId.toLowerCase(),
  causationId: event.causationId?.toLowerCase() ?? null,
});

export type LastSeal = Seal & { readonly position: string; readonly hash: string };

/** The newest seal, null when there is none, and what to expect of its stream when another is added. */
export const findLastSeal = async (
  log: Pick<EventLog, 'readStream'>,
): Promise<{ readonly seal: LastSeal | null; readonly expected: ExpectedRevision }> => {
  let from: number | undefined;
  let expected: ExpectedRevision = 'no_stream';
  for (;;) {
    const range = { backwards: true, limit: PAGE };
    const page = await log.readStream(SEAL_STREAM, from === undefined ? range : { ...range, from });
    for (const event of page) {
      if (expected === 'no_stream') expected = event.revision;
      const seal = sealOf(logEventOf(event));
      if (seal === undefined)
        throw new Error(`The seal at ${event.position} can't be read. Run: filament log verify`);
      if (seal !== null) {
        const { position } = event;
        return { seal: { ...seal, position, hash: leafHash(logEventOf(event)) }, expected };
      }
    }
    const oldest = page.at(-1)?.revision ?? 0;
    if (page.length < PAGE || oldest === 0) return { seal: null, expected };
    from = oldest - 1;
  }
};
