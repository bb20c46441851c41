import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { ChannelId, type GuildId, type MessageId, type UserId } from '../../domain/shared/ids.ts';
import { type GuildAccess } from '../access/guild-access.ts';
import { type Message } from '../contract/answers.ts';
import { type Position } from '../event-store/event-log.ts';
import { FORBIDDEN, INVALID, NOT_FOUND, type Failure } from '../failure.ts';
import { type Limits } from '../limits.ts';
import { fitting } from '../message/list-messages.ts';
import { type MessageReader } from '../message/message-reader.ts';
import { type ReadPosition } from '../ports.ts';
import { parseQuery } from './parse-query.ts';
import { type SearchIndex, type SearchProgress } from './search-index.ts';

const LIMIT_DEFAULT = 20;
const RETRY_SECS = 1;
const WAIT_SHARE = 0.5; // Of the time of a search, for an index that lags
const ID_BYTES = 29; // In quotes, with its comma

export type SearchMessages = (request: {
  readonly by: UserId;
  readonly guildId: GuildId;
  readonly q: string;
  readonly limit: number | undefined;
  readonly channelId: string | undefined;
}) => Promise<
  Either<
    Failure,
    {
      readonly message_ids: readonly MessageId[];
      readonly messages: readonly Message[];
      readonly complete_to: Position; // Every change up to here was looked at; an addition of ours, as is `partial`
      readonly partial?: true;
    }
  >
>;

export type SearchMessagesPorts = {
  readonly access: Pick<GuildAccess, 'guild' | 'requireInGuild' | 'visibleChannels'>;
  readonly index: SearchIndex;
  readonly progress: Pick<SearchProgress, 'waitFor'>;
  readonly readPosition: Pick<ReadPosition, 'current'>;
  readonly messages: Pick<MessageReader, 'byIds'>;
  readonly now: () => number; // Monotonic milliseconds
  readonly limits: Pick<Limits, 'searchQueryBytesMax' | 'searchResultsMax' | 'searchTimeoutMs'>;
};

/** Where the asker's words are looked for: the channels they may see now, or the one of those they named. */
const createScope =
  ({ access }: Pick<SearchMessagesPorts, 'access'>) =>
  async (
    by: UserId,
    guildId: GuildId,
    channelId: string | undefined,
  ): Promise<Either<Failure, readonly ChannelId[]>> => {
    const visible = await access.visibleChannels(by, guildId);
    if (isLeft(visible) || channelId === undefined) return visible;
    const [named] = visible.right.filter((id) => id === channelId);
    if (named !== undefined) return right([named]);
    // A channel that is there but hidden is refused as its history would be.
    const isThere =
      ChannelId.is(channelId) && (await access.guild(guildId))?.channels.has(channelId);
    return left(isThere === true ? FORBIDDEN : NOT_FOUND);
  };

/**
 * The messages of a guild that match a query, best first. Only messages in channels that the asker may see now are looked
 * at, and what comes back is read again under the same channels, so that an index that lags tells nobody anything.
 */
export const createSearchMessages = (ports: SearchMessagesPorts): SearchMessages => {
  const { access, index, progress, readPosition, messages, now, limits } = ports;
  const scopeOf = createScope(ports);
  /** What could be read when this was asked can be found too; an index that lags longer answers what it has. */
  const catchUp = async (): Promise<number> => {
    const begun = now();
    const timeoutMs = limits.searchTimeoutMs;
    await progress.waitFor(readPosition.current(), timeoutMs * WAIT_SHARE);
    return Math.max(1, timeoutMs - (now() - begun));
  };
  return async ({ by, guildId, q, limit = LIMIT_DEFAULT, channelId }) => {
    const allowed = await access.requireInGuild(by, guildId, 'create_message');
    if (isLeft(allowed)) return allowed;
    if (!Number.isInteger(limit) || limit < 1 || limit > limits.searchResultsMax)
      return left(INVALID);
    const query = parseQuery(q, { bytesMax: limits.searchQueryBytesMax });
    if (isLeft(query)) return left(INVALID);
    const scope = await scopeOf(by, guildId, channelId);
    if (isLeft(scope)) return scope;
    const channelIds = scope.right;
    if (channelIds.length === 0 || query.right.type === 'nothing')
      return right({ message_ids: [], messages: [], complete_to: readPosition.current() });
    const timeoutMs = await catchUp();
    const hits = await index.search({
      guildId,
      channelIds,
      query: query.right,
      limit,
      timeoutMs,
    });
    if (isLeft(hits))
      return left(
        hits.left === 'TooSlow'
          ? INVALID
          : { type: 'SearchUnavailable', retryAfterSecs: RETRY_SECS },
      );
    const { messageIds, partial, position } = hits.right;
    const read =
      messageIds.length === 0
        ? []
        : await messages.byIds({ guildId, channelIds, messageIds, readerId: by });
    const found = fitting(read, ID_BYTES);
    return right({
      message_ids: found.map(({ message_id }) => message_id),
      messages: found,
      complete_to: position,
      ...(partial && { partial }),
    });
  };
};
