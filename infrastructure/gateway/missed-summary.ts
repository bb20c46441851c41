// How far each channel has come since a person was last here, instead of everything that was said: read with a bounded
// price per channel, told in frames of a bounded size.
import { type MissedInChannel } from '../../application/feed/feed-reader.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { type ChannelId, type GuildId } from '../../domain/shared/ids.ts';
import { type Connection } from './connection.ts';
import { type GuildMates } from './guild-mates.ts';
import { type Outbox } from './outbox.ts';
import { type ResumeSource } from './replay-pages.ts';

/** Channels that one summary tells of. */
export const SUMMARY_CHANNELS_MAX = 2_000;
const CHANNELS_PER_FRAME = 200;

const entryOf = (guildId: GuildId | undefined, missed: MissedInChannel) => ({
  guild_id: guildId,
  channel_id: missed.channelId,
  last_message_id: missed.lastMessageId,
  last_position: missed.lastPosition,
  unread_count: missed.unread,
  has_more: missed.hasMore,
});

export const missedSummary = ({
  source,
  guildMates,
  outbox,
}: {
  readonly source: ResumeSource;
  readonly guildMates: Pick<GuildMates, 'guildsOf'>;
  readonly outbox: Outbox;
}) => {
  const channelsOf = async ({ userId }: Connection) => {
    const guildOf = new Map<ChannelId, GuildId>();
    for (const guildId of [...guildMates.guildsOf(userId)])
      for (const channelId of await source.visibleChannels(userId, guildId)) {
        if (guildOf.size >= SUMMARY_CHANNELS_MAX) return { guildOf, isComplete: false };
        guildOf.set(channelId, guildId);
      }
    return { guildOf, isComplete: true };
  };

  /** Tells of every channel the person may see now, as of `upTo`. */
  return async (connection: Connection, after: Position, upTo: Position): Promise<void> => {
    const { guildOf, isComplete } = await channelsOf(connection);
    const channelIds = [...guildOf.keys()];
    const frames = Math.max(1, Math.ceil(channelIds.length / CHANNELS_PER_FRAME));
    for (let index = 0; index < frames; index += 1) {
      const some = channelIds.slice(index * CHANNELS_PER_FRAME, (index + 1) * CHANNELS_PER_FRAME);
      const request = { channelIds: some, readerId: connection.userId, after, upTo };
      const missed = some.length === 0 ? [] : await source.feed.missed(request);
      outbox.toSome([connection], 'connection', {
        t: 'missed_summary',
        d: {
          channels: missed.map((one) => entryOf(guildOf.get(one.channelId), one)),
          is_last: index === frames - 1,
          is_complete: isComplete,
        },
      });
    }
  };
};
