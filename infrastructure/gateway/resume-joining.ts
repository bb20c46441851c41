// The moment a resuming socket joins its channels, with its frames held back from then on.
import { type Position } from '../../application/event-store/event-log.ts';
import { type GuildId } from '../../domain/shared/ids.ts';
import { type Connection } from './connection.ts';
import { presenceFrame } from './presence-frame.ts';
import { ResumeCutShort, type ResumeDependencies, type Spot } from './resume-dependencies.ts';
import { mayHearNow } from './subscribing.ts';

// Permissions dropped from the cache between the load and the joining are asked for again, but not for ever.
const JOIN_TRIES_MAX = 5;

type Joined = { readonly from: Position; readonly refused: readonly Spot[] };

/** Makes what joins the channels of a resume. */
export const createJoining = (dependencies: ResumeDependencies) => {
  const { access, audience, outbox, told } = dependencies;

  /** Joins what may be heard now, all in one moment between two batches; null when permissions can't be had. */
  return async (connection: Connection, spots: readonly Spot[]): Promise<Joined | null> => {
    const cameOnline = new Set<GuildId>();
    for (let tries = 0; tries < JOIN_TRIES_MAX; tries += 1) {
      for (const { guildId, channelId } of spots)
        if (access.inChannelIfCached(connection.userId, guildId, channelId) === null)
          await access.inChannel(connection.userId, guildId, channelId);
      let joined = null as Joined | null;
      await told.between(() => {
        if (connection.isClosed) throw new ResumeCutShort();
        const answers = spots.map((spot) =>
          mayHearNow(access, connection, spot.guildId, spot.channelId),
        );
        if (answers.includes(null)) return;
        audience.hold(connection);
        for (const [index, { guildId, channelId }] of spots.entries())
          if (
            answers[index] === true &&
            audience.join(connection, guildId, channelId) === 'came_online'
          )
            cameOnline.add(guildId);
        const refused = spots.filter((_, index) => answers[index] !== true);
        joined = { from: told.place().position, refused };
      });
      if (joined === null) continue;
      for (const guildId of cameOnline)
        outbox.toGuild(guildId, presenceFrame(guildId, connection.userId, 'online'));
      return joined;
    }
    return null;
  };
};
