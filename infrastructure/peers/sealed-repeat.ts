// A repeated reaction on its way to other processes. A reaction may be any short text, so it is sealed as in the log: what
// PostgreSQL keeps of a notice for a moment is ciphertext, and only who has the message's key can have written it.
import * as t from 'io-ts';
import { type RepeatedReaction } from '../../application/message/react-to-message.ts';
import { isReactionEmoji } from '../../domain/message/emoji.ts';
import { ChannelId, GuildId, MessageId, UserId } from '../../domain/shared/ids.ts';
import { openBox, sealBox, type BoxPlace } from '../event-store/box.ts';
import { type DataKeys } from '../vault/data-keys.ts';

export const SealedRepeat = t.strict({
  guildId: GuildId,
  channelId: ChannelId,
  messageId: MessageId,
  userId: UserId,
  operation: t.union([t.literal('add'), t.literal('remove')]),
  emoji: t.string,
});
export type SealedRepeat = t.TypeOf<typeof SealedRepeat>;

type Place = Omit<SealedRepeat, 'emoji'>;

// All of it is bound to the box, so that none of it can be another.
const boxPlace = ({ guildId, channelId, messageId, userId, operation }: Place): BoxPlace => ({
  eventId: [guildId, channelId, messageId, userId, operation].join(),
  type: 'RepeatedReaction',
  version: 1,
  path: 'emoji',
});

/** Both give null where the message is erased; opening also does for what was not sealed by this installation. */
export const createRepeatSeal = ({ keysOf }: Pick<DataKeys, 'keysOf'>) => {
  const keyOf = async ({ messageId }: Place): Promise<Buffer | undefined> => {
    const scope = `message:${messageId}`;
    return (await keysOf(new Set([scope]))).get(scope);
  };
  return {
    seal: async ({ emoji, ...place }: RepeatedReaction): Promise<SealedRepeat | null> => {
      const key = await keyOf(place);
      return key === undefined ? null : { ...place, emoji: sealBox(emoji, key, boxPlace(place)) };
    },
    open: async ({ emoji, ...place }: SealedRepeat): Promise<RepeatedReaction | null> => {
      const key = await keyOf(place);
      const opened = key === undefined ? null : openBox(emoji, key, boxPlace(place));
      return opened === null || !isReactionEmoji(opened) ? null : { ...place, emoji: opened };
    },
  };
};
