// An export of the log: everything in it, with what it takes to verify it elsewhere.
import { createHash } from 'node:crypto';
import { type EventLog, type Position } from '../../application/event-store/event-log.ts';
import { type ExportedEvent, type ExportHeader, type ExportTrailer } from './export-verifier.ts';
import { logEventOf } from './last-seal.ts';
import { leafHash, signedExport, type LogEvent } from './seal-format.ts';
import { type SigningKey } from './signing-keys.ts';

const PAGE = 500;

export type ExportWish = {
  readonly installation: string;
  readonly from: Position | null; // Included; null: from the start
  readonly to: Position; // Included
  readonly madeAt: number;
  readonly key: SigningKey;
  readonly onProgress?: (done: number, at: Position) => void;
};

const exportedEvent = (event: LogEvent, leaf: string, after: string | null): ExportedEvent => ({
  position: event.position,
  stream: event.stream,
  revision: event.revision,
  event_id: event.eventId,
  type: event.type,
  version: event.version,
  scope: event.scope,
  actor: event.actor,
  correlation_id: event.correlationId,
  causation_id: event.causationId,
  recorded_at: event.recordedAt,
  payload: event.payload,
  leaf,
  after,
});

// Where positions have gaps nobody knows the one before `from`, so all before it is read and left out.
const placeBefore = (from: Position | null, start: Position): Position =>
  from === null || from.length !== 20 || from <= start
    ? start
    : (String(BigInt(from) - 1n).padStart(20, '0') as Position);

/** The events from one position to another, page by page. */
export async function* readRange(
  log: Pick<EventLog, 'start' | 'readAll'>,
  from: Position | null,
  to: Position,
  begin: Position = placeBefore(from, log.start),
): AsyncGenerator<readonly LogEvent[]> {
  let after = begin;
  while (after < to) {
    const page = await log.readAll(after, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page
      .filter(({ position }) => position <= to && (from === null || position >= from))
      .map(logEventOf);
    after = last.position;
  }
}

/** The export as text, some lines at a time. */
export async function* exportLog(
  log: Pick<EventLog, 'start' | 'readAll'>,
  { installation, from, to, madeAt, key, onProgress = () => {} }: ExportWish,
): AsyncGenerator<string> {
  const digest = createHash('sha256');
  const hashed = (text: string): string => {
    digest.update(text);
    return text;
  };
  const header: ExportHeader = { filament_log_export: 1, installation, from, to, made_at: madeAt };
  yield hashed(`${JSON.stringify(header)}\n`);
  let before: string | null = null;
  let events = 0;
  for await (const page of readRange(log, from, to)) {
    let text = '';
    for (const event of page) {
      const leaf = leafHash(event);
      text += `${JSON.stringify(exportedEvent(event, leaf, before))}\n`;
      before = leaf;
    }
    events += page.length;
    yield hashed(text);
    const last = page.at(-1);
    if (last !== undefined) onProgress(events, last.position as Position);
  }
  const sha256 = digest.digest('hex');
  const signature = key.sign(signedExport(sha256));
  const trailer: ExportTrailer = { events, sha256, key: key.publicKey, signature };
  yield `${JSON.stringify(trailer)}\n`;
}
