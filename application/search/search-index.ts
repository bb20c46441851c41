import { type Either } from 'fp-ts/lib/Either.js';
import { type ChannelId, type GuildId, type MessageId } from '../../domain/shared/ids.ts';
import { type Position } from '../event-store/event-log.ts';
import { type QueryAst } from './query-ast.ts';

export type SearchRequest = {
  readonly guildId: GuildId;
  readonly channelIds: readonly ChannelId[]; // Those the asker may see: nothing else is ever found
  readonly query: QueryAst;
  readonly limit: number;
  readonly timeoutMs: number;
};

export type SearchHits = {
  readonly messageIds: readonly MessageId[]; // Best first
  readonly partial: boolean; // The time was up: there may be more, or better ones
  readonly position: Position; // Every message up to here was looked at
};

/** `Unavailable`: no index yet, or too many searches at once; safe to retry. `TooSlow`: the time was up with nothing found. */
export type SearchFailure = 'Unavailable' | 'TooSlow';

/** Finds messages by their words. Which index answers is nobody's concern but the wiring's. */
export type SearchIndex = {
  readonly search: (request: SearchRequest) => Promise<Either<SearchFailure, SearchHits>>;
};

/** How far the index is as far as this process knows, and a bounded wait for it, whichever process keeps it. */
export type SearchProgress = {
  readonly position: () => Position;
  /** True once the index holds everything up to the position; false at once while it is being built. */
  readonly waitFor: (position: Position, timeoutMs: number) => Promise<boolean>;
};
