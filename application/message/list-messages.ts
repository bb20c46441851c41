import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { MessageId, type ChannelId, type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type GuildAccess } from '../access/guild-access.ts';
import { type Message } from '../contract/answers.ts';
import { INVALID, type Failure } from '../failure.ts';
import { type MessageReader } from './message-reader.ts';

const LIMIT_MAX = 100;
const LIMIT_DEFAULT = 20;

/**
 * An existing client refuses answers from 64 KiB on. A page that would be larger ends earlier, which `next_before` makes
 * up for; a single message is always given, however large.
 */
const PAGE_BYTES_MAX = 65_536;
const ENVELOPE_BYTES = 128; // {"messages":[],"next_before":"…"} with room to spare

export type ListMessages = (request: {
  readonly by: UserId;
  readonly guildId: GuildId;
  readonly channelId: ChannelId;
  readonly before: string | undefined;
  readonly limit: number | undefined;
}) => Promise<
  Either<Failure, { readonly messages: readonly Message[]; readonly next_before: MessageId | null }>
>;

/** As many of the first messages as fit an answer that holds `bytesBesides` more for each of them. */
export const fitting = (messages: readonly Message[], bytesBesides = 0): readonly Message[] => {
  let bytes = ENVELOPE_BYTES;
  const end = messages.findIndex((message) => {
    bytes += Buffer.byteLength(JSON.stringify(message)) + 1 + bytesBesides; // And its comma
    return bytes >= PAGE_BYTES_MAX;
  });
  return end === -1 ? messages : messages.slice(0, Math.max(1, end));
};

/** A channel's messages, newest first. The end is an empty page. */
export const createListMessages =
  ({
    access,
    messages,
  }: {
    readonly access: GuildAccess;
    readonly messages: Pick<MessageReader, 'page'>;
  }): ListMessages =>
  async ({ by, guildId, channelId, before, limit = LIMIT_DEFAULT }) => {
    const allowed = await access.requireInChannel(by, guildId, channelId, 'create_message');
    if (isLeft(allowed)) return allowed;
    if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) return left(INVALID);
    // Nothing is older than what cannot be a message.
    if (before !== undefined && !MessageId.is(before))
      return right({ messages: [], next_before: null });
    const rows = await messages.page({
      guildId,
      channelId,
      readerId: by,
      before: before ?? null,
      limit,
    });
    const page = fitting(rows);
    return right({ messages: page, next_before: page.at(-1)?.message_id ?? null });
  };
