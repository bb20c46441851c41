// Which messages a guild has, which of them are indexed, and what to do about the difference. The read model only says
// where to look: what is right is read from the message's own stream, so that a read model or an index that lags is never
// mistaken for a wrong one.
import * as t from 'io-ts';
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { type Position } from '../../application/event-store/event-log.ts';
import { type EventStore, type Recorded } from '../../application/event-store/event-store.ts';
import {
  type Reconciled,
  type ReconcileFailure,
} from '../../application/search/maintain-search.ts';
import { type GuildId, MessageId } from '../../domain/shared/ids.ts';
import { foldTexts } from '../../projections/search/fold-texts.ts';
import { type Queryable, queryRows } from '../postgres/database.ts';

/** One call mends this many at most; what remains is said. */
const REPAIRS_MAX = 2_000;
const CHUNK = 200; // Looked up and mended together

/** Messages whose place in the index is in doubt. */
export type Doubts = {
  readonly missing: readonly MessageId[]; // Not in the index, but shown
  readonly extra: readonly MessageId[]; // In the index, but not shown
};

export type GuildDocuments = {
  /** Ids of the guild's indexed messages, at most one more than `max`. */
  readonly ids: (guildId: GuildId, max: number) => Promise<readonly MessageId[]>;
  /** Mends those that are wrong, going by their streams. */
  readonly mend: (guildId: GuildId, doubts: Doubts) => Promise<Omit<Reconciled, 'remaining'>>;
};

const Row = t.type({ message_id: MessageId });

// By way of the channels, whose index there is.
const SHOWN = `SELECT message_id FROM rm_messages.messages
  WHERE guild_id = $1 AND content_box IS NOT NULL
    AND channel_id IN (SELECT channel_id FROM rm_guilds.channels WHERE guild_id = $1)
  LIMIT $2::bigint`;

/** Compares and mends one guild's part of an index. */
export const reconcileGuild = async (
  database: Queryable,
  documents: GuildDocuments,
  guildId: GuildId,
  documentsMax: number,
): Promise<Either<ReconcileFailure, Reconciled>> => {
  const indexed = new Set(await documents.ids(guildId, documentsMax));
  const shown = new Set(
    (await queryRows(database, Row, SHOWN, [guildId, documentsMax + 1])).map(
      ({ message_id }) => message_id,
    ),
  );
  if (indexed.size > documentsMax || shown.size > documentsMax) return left('TooMany');
  const missing = [...shown].filter((id) => !indexed.has(id)).map((id) => ({ id, missing: true }));
  const extra = [...indexed].filter((id) => !shown.has(id)).map((id) => ({ id, missing: false }));
  const doubts = [...missing, ...extra];
  const looked = doubts.slice(0, REPAIRS_MAX);
  let [upserted, deleted] = [0, 0];
  for (let from = 0; from < looked.length; from += CHUNK) {
    const chunk = looked.slice(from, from + CHUNK);
    const mended = await documents.mend(guildId, {
      missing: chunk.filter((one) => one.missing).map(({ id }) => id),
      extra: chunk.filter((one) => !one.missing).map(({ id }) => id),
    });
    upserted += mended.upserted;
    deleted += mended.deleted;
  }
  return right({ upserted, deleted, remaining: doubts.length - looked.length });
};

/** What a message's stream says up to a position, or null when it says nothing. */
export type StreamedMessage = {
  readonly events: readonly Recorded[];
  readonly text: string | null; // Null when deleted, erased or never posted
};

/** The state of one message by its own events up to a position of the index; without one, up to now. */
export const readMessageStream = async (
  store: Pick<EventStore, 'load'>,
  messageId: MessageId,
  upTo: Position | null,
): Promise<StreamedMessage> => {
  const events = (await store.load(`message-${messageId}`)).filter(
    ({ meta }) => upTo === null || meta.position <= upTo,
  );
  const posted = foldTexts(events).posted.at(-1); // Restored ones were posted twice
  return { events, text: posted?.content ?? null };
};
