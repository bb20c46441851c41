// How messages stood at a position of the log: of each the last text that its author wrote, and what became of it. A stream
// with many reactions is read piece by piece, and of nobody's reactions is anything kept.
import { type MessageEvent } from '../../domain/message/events.ts';
import { type MessageId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { EVERY_SEALED_FIELD } from '../audit/timeline.ts';
import {
  type EventLog,
  type Position,
  type RecordedStoredEvent,
} from '../event-store/event-log.ts';
import { type EventStore, type Recorded, type Undecodable } from '../event-store/event-store.ts';
import { messageStream } from '../message/message-streams.ts';

export type MessageAsOf = {
  readonly content: string | null; // As its author wrote it last; null when its key is destroyed
  readonly editedAt: Timestamp | null; // By its author
  readonly replacedByOther: boolean; // Shown since with a text of somebody else's
  readonly deletedAt: Timestamp | null;
  readonly deletedBySelf: boolean;
};

type Ports = {
  readonly eventLog: Pick<EventLog, 'readStream' | 'readStreams'>;
  readonly store: Pick<EventStore, 'readAt'>;
};

const STREAMS_AT_ONCE = 200;
const FIRST_EVENTS = 8; // More than most messages have
const PIECE = 500;

type Standing = Omit<MessageAsOf, 'content'> & { readonly textAt: Position | null };
const UNWRITTEN: Standing = {
  ...{ textAt: null, editedAt: null, replacedByOther: false },
  ...{ deletedAt: null, deletedBySelf: false },
};

const isOfMessage = (event: Recorded | Undecodable): event is Recorded<MessageEvent> =>
  event.type !== 'Undecodable' && event.meta.stream.startsWith('message-');

const evolve = (standing: Standing, { type, data, meta }: Recorded<MessageEvent>): Standing => {
  switch (type) {
    case 'MessagePosted':
      return { ...standing, textAt: meta.position };
    case 'MessageEdited':
      return data.authorId === undefined
        ? { ...standing, textAt: meta.position, editedAt: data.at, replacedByOther: false }
        : { ...standing, replacedByOther: true };
    case 'MessageDeleted':
      return { ...standing, deletedAt: data.at, deletedBySelf: data.authorId === undefined };
    case 'MessageRestored':
      return { ...standing, deletedAt: null, deletedBySelf: false };
    case 'ReactionAdded':
    case 'ReactionRemoved':
      return standing;
  }
};

const isReaction = ({ type }: RecordedStoredEvent): boolean => type.startsWith('Reaction');

const textOf = (event: Recorded | Undecodable): string | null =>
  event.type === 'MessagePosted' || event.type === 'MessageEdited' ? event.data.content : null;

const readSome = async (
  { eventLog, store }: Ports,
  ids: readonly MessageId[],
  upTo: Position,
): Promise<ReadonlyMap<MessageId, MessageAsOf>> => {
  const standings = new Map<string, Standing>();
  const look = async (events: readonly RecordedStoredEvent[]): Promise<void> => {
    const positions = events
      .filter((event) => event.position <= upTo && !isReaction(event))
      .map(({ position }) => position);
    const recorded = await store.readAt(positions, { keepSealed: EVERY_SEALED_FIELD });
    for (const event of recorded.filter(isOfMessage)) {
      const { stream } = event.meta;
      standings.set(stream, evolve(standings.get(stream) ?? UNWRITTEN, event));
    }
  };
  const first = await eventLog.readStreams(ids.map(messageStream), FIRST_EVENTS);
  await look(first);
  for (const { stream, revision } of first) {
    if (revision !== FIRST_EVENTS - 1) continue;
    for (let from = FIRST_EVENTS; ; from += PIECE) {
      const piece = await eventLog.readStream(stream, { from, limit: PIECE });
      await look(piece);
      if (piece.length < PIECE) break;
    }
  }
  const texts = await store.readAt(
    [...standings.values()].flatMap(({ textAt }) => (textAt === null ? [] : [textAt])),
  );
  const contents = new Map(texts.map((event) => [event.meta.stream, textOf(event)]));
  return new Map(
    ids.flatMap((id): [MessageId, MessageAsOf][] => {
      const stream = messageStream(id);
      const standing = standings.get(stream);
      if (standing === undefined) return [];
      return [[id, { ...standing, content: contents.get(stream) ?? null }]];
    }),
  );
};

/** Makes what reads messages as they stood; one that can't be read is not among them. */
export const createMessagesAsOf =
  (ports: Ports) =>
  async (
    ids: readonly MessageId[],
    upTo: Position,
  ): Promise<ReadonlyMap<MessageId, MessageAsOf>> => {
    const found = new Map<MessageId, MessageAsOf>();
    for (let from = 0; from < ids.length; from += STREAMS_AT_ONCE) {
      const some = ids.slice(from, from + STREAMS_AT_ONCE);
      for (const [id, message] of await readSome(ports, some, upTo)) found.set(id, message);
    }
    return found;
  };
