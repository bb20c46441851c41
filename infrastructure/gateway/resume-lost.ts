// What a resuming socket listened to and may no longer.
import { type Position } from '../../application/event-store/event-log.ts';
import { type GuildId } from '../../domain/shared/ids.ts';
import { type Connection } from './connection.ts';
import { type Frame } from './frame-text.ts';
import { isRemoval, removalFrames } from './replay-frames.ts';
import { type ResumeDependencies, type Spot } from './resume-dependencies.ts';

/** Tells of what the socket listened to and may no longer: by the removal from its guild, or channel by channel. */
export const createTellLost = ({ source, guildMates, outbox }: ResumeDependencies) => {
  const removal = async (
    { userId }: Connection,
    guildId: GuildId,
    within: { readonly after: Position; readonly upTo: Position },
  ): Promise<readonly Frame[]> => {
    if (guildMates.guildsOf(userId).has(guildId)) return [];
    const position = await source.feed.lastRemoval({ guildId, userId, ...within });
    const [event] = position === null ? [] : await source.eventsAt([position]);
    if (event === undefined || event.type === 'Undecodable' || !isRemoval(event)) return [];
    return removalFrames(event);
  };
  return async (
    connection: Connection,
    refused: readonly Spot[],
    within: { readonly after: Position; readonly upTo: Position },
  ): Promise<void> => {
    const tell = (frame: Frame) => outbox.toSome([connection], 'connection', frame);
    for (const guildId of new Set(refused.map((spot) => spot.guildId))) {
      const frames = await removal(connection, guildId, within);
      for (const frame of frames) tell(frame);
      if (frames.length > 0) continue;
      for (const { channelId } of refused.filter((spot) => spot.guildId === guildId))
        tell({ t: 'unsubscribed', d: { guild_id: guildId, channel_id: channelId } });
    }
  };
};
