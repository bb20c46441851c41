// Events as KurrentDB stores them. The payload goes in as opaque bytes: as JSON the client would parse and so change it,
// and seals are made over its exact bytes.
import type * as db from '@eventstore/db-client';
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import {
  type Position,
  type RecordedStoredEvent,
  type StoredEvent,
} from '../../../application/event-store/event-log.ts';

const DIGITS = 20;

export const START = '0'.repeat(2 * DIGITS) as Position;

/** Commit and prepare side by side, each as wide as an unsigned 64-bit number gets. */
export const tokenOf = ({ commit, prepare }: db.Position): Position =>
  (String(commit).padStart(DIGITS, '0') + String(prepare).padStart(DIGITS, '0')) as Position;

/** Throws on anything that isn't a position of this adapter, since a wrong guess would skip events. */
export const positionOf = (token: Position): db.Position => {
  if (!/^\d{40}$/.test(token)) throw new Error('This position is not one of the KurrentDB log.');
  return { commit: BigInt(token.slice(0, DIGITS)), prepare: BigInt(token.slice(DIGITS)) };
};

export const fromPosition = (after: Position): 'start' | db.Position =>
  after === START ? 'start' : positionOf(after);

// Flat strings, as newer clients of KurrentDB demand; correlation and causation under the server's own names.
const Metadata = t.intersection([
  t.type({
    filament: t.literal('1'), // Marks an event as ours
    version: t.string,
    actor: t.string,
    $correlationId: t.string,
  }),
  t.partial({ scope: t.string, $causationId: t.string }),
]);

export const eventDataOf = (event: StoredEvent): db.BinaryEventData => ({
  id: event.eventId,
  contentType: 'application/octet-stream',
  type: event.type,
  data: Buffer.from(event.payload, 'utf8'),
  metadata: {
    filament: '1',
    version: String(event.version),
    actor: event.actor,
    $correlationId: event.correlationId,
    ...(event.scope === null ? {} : { scope: event.scope }),
    ...(event.causationId === null ? {} : { $causationId: event.causationId }),
  },
});

const textOf = (data: unknown): string => {
  if (!(data instanceof Uint8Array)) throw new Error('An event of the log is not stored as bytes.');
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
  if (!text.startsWith('{')) throw new Error('An event of the log is not a JSON object.');
  return text;
};

/**
 * The event as recorded; undefined for the server's own events, for links to nothing, and for events that others wrote to
 * the same server. Throws on one of ours that is damaged.
 */
export const recordedOf = ({
  event,
}: db.ResolvedEvent | db.AllStreamResolvedEvent): RecordedStoredEvent | undefined => {
  if (event === undefined || event.type.startsWith('$') || event.streamId.startsWith('$')) {
    return undefined;
  }
  const metadata = Metadata.decode(event.metadata);
  if (isLeft(metadata)) return undefined;
  if (event.position === undefined)
    throw new Error('KurrentDB gives no positions: 22.6 or later is needed.');
  const { version, actor, scope = null, $correlationId, $causationId = null } = metadata.right;
  return {
    eventId: event.id,
    type: event.type,
    version: Number(version),
    scope,
    actor,
    correlationId: $correlationId,
    causationId: $causationId,
    payload: textOf(event.data),
    position: tokenOf(event.position),
    stream: event.streamId,
    revision: Number(event.revision),
    recordedAt: event.created.getTime(),
  };
};
