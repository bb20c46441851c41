// What each event means for open sockets, in log order: the pipeline hands over every batch after the read models took it.
import { type EventType } from '../../application/event-store/event-catalogue.ts';
import { type Recorded, type Undecodable } from '../../application/event-store/event-store.ts';
import { GuildId, type SessionId } from '../../domain/shared/ids.ts';
import { type Announcer, type Announcers } from './announcer.ts';
import { type Audience } from './audience.ts';
import { type GatewayLog } from './connection.ts';
import { guildAnnouncers } from './guild-announcers.ts';
import { ipBanAnnouncers } from './ip-ban-announcers.ts';
import { type GuildMates } from './guild-mates.ts';
import { memberAnnouncers } from './member-announcers.ts';
import { type MessageTexts } from './message-texts.ts';
import { type Outbox } from './outbox.ts';
import { type Revocation } from './revocation.ts';

type Dependencies = {
  readonly audience: Audience;
  readonly outbox: Outbox;
  readonly revocation: Revocation;
  readonly texts: MessageTexts;
  readonly endSession: (sessionId: SessionId) => void;
  readonly guildMates: GuildMates;
  readonly peopleAnnouncers: Announcers;
  readonly log: GatewayLog;
};

const messageAnnouncers = ({ outbox }: Dependencies): Announcers => {
  const announce: Announcer<
    'MessagePosted' | 'MessageEdited' | 'MessageDeleted' | 'ReactionAdded' | 'ReactionRemoved'
  > = (event, prepared) => {
    const frame = prepared.frameOf(event);
    if (frame !== null) outbox.toChannel(event.data.channelId, frame);
  };
  return {
    MessagePosted: announce,
    MessageEdited: announce,
    MessageDeleted: announce,
    ReactionAdded: announce,
    ReactionRemoved: announce,
  };
};

/** The guild whose permissions a stream is about. */
const guildOf = ({ meta }: Undecodable): GuildId | null => {
  const id = /^(?:guild|member)-(\w{26})/.exec(meta.stream)?.[1];
  return GuildId.is(id) ? id : null;
};

/** Announces batches; must be called with one batch at a time. */
export const createAnnouncements = (dependencies: Dependencies) => {
  const { audience, outbox, revocation, texts, endSession, guildMates, log } = dependencies;
  const announcers: Announcers = {
    ...messageAnnouncers(dependencies),
    ...guildAnnouncers(dependencies),
    ...memberAnnouncers(dependencies),
    ...ipBanAnnouncers(dependencies),
    ...dependencies.peopleAnnouncers,
    SessionRevoked: ({ data }) => endSession(data.sessionId),
  };

  return async (batch: readonly (Recorded | Undecodable)[]): Promise<void> => {
    const prepared = await texts.prepare(batch);
    // The whole batch first: who knows whom is then as of its end, like the friends and guilds that are read meanwhile.
    // Of two moments mixed, a profile would reach somebody who shared a guild with its owner at neither.
    for (const event of batch) guildMates.apply(event);
    for (const event of batch) {
      if (event.type === 'Undecodable') {
        // Parked by the projections; there is nothing to say, but it may have taken a permission away.
        const guildId = guildOf(event);
        if (guildId !== null) await revocation.reconsider(guildId, audience.inGuild(guildId));
        continue;
      }
      try {
        // An announcer of a type takes events of that type; the compiler can't follow that through the look-up.
        const announcer = announcers[event.type] as Announcer<EventType> | undefined;
        await announcer?.(event, prepared);
      } catch (error) {
        // One event must not silence the rest. Permissions fail closed inside, so nothing is left open by this.
        log.error({ event: 'gateway.announcement.failed', type: event.type, err: error });
      }
      await outbox.breathe();
    }
    outbox.settle();
  };
};
