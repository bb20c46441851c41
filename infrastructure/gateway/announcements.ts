// What each event means for open sockets, in log order: the pipeline hands over every batch after the read models took it.
import { type EventType } from '../../application/event-store/event-catalogue.ts';
import { type Recorded, type Undecodable } from '../../application/event-store/event-store.ts';
import { placeOf } from '../../application/feed/place.ts';
import { GuildId, type SessionId } from '../../domain/shared/ids.ts';
import { FEED_KINDS } from '../../projections/feed/projector.ts';
import { type Announcer, type Announcers } from './announcer.ts';
import { type Audience } from './audience.ts';
import { type Connection, type GatewayLog } from './connection.ts';
import { guildAnnouncers } from './guild-announcers.ts';
import { ipBanAnnouncers } from './ip-ban-announcers.ts';
import { type GuildMates } from './guild-mates.ts';
import { memberAnnouncers } from './member-announcers.ts';
import { type MessageTexts, type PreparedBatch } from './message-texts.ts';
import { type PlacedOutbox } from './placed-outbox.ts';
import { type Revocation } from './revocation.ts';
import { type Telling } from './told.ts';

type Dependencies = {
  readonly audience: Audience;
  readonly outbox: PlacedOutbox;
  readonly telling: Pick<Telling, 'begin' | 'reached' | 'end'>;
  /** Ends sockets that want places and were not told something, so that they resume. */
  readonly cutOff: (connections: Iterable<Connection>) => void;
  readonly revocation: Revocation;
  readonly texts: MessageTexts;
  readonly endSession: (sessionId: SessionId) => void;
  readonly guildMates: GuildMates;
  readonly peopleAnnouncers: Announcers;
  readonly log: GatewayLog;
};

const messageAnnouncers = ({ outbox, audience, cutOff }: Dependencies): Announcers => {
  const announce: Announcer<
    | 'MessagePosted'
    | 'MessageEdited'
    | 'MessageDeleted'
    | 'MessageRestored'
    | 'ReactionAdded'
    | 'ReactionRemoved'
  > = (event, prepared) => {
    const frame = prepared.frameOf(event);
    if (frame !== null) outbox.toChannel(event.data.channelId, frame);
    // Clients of the base contract find it over HTTP; those that count on places must not take the next one for all. Of
    // an erased reaction there is nothing to tell.
    else if (!('emoji' in event.data && event.data.emoji === null))
      cutOff(audience.inChannel(event.data.channelId));
  };
  return {
    MessagePosted: announce,
    MessageEdited: announce,
    MessageDeleted: announce,
    MessageRestored: announce,
    ReactionAdded: announce,
    ReactionRemoved: announce,
  };
};

/** The guild whose permissions a stream is about. */
const guildOf = ({ meta }: Undecodable): GuildId | null => {
  const id = /^(?:guild|member)-(\w{26})/.exec(meta.stream)?.[1];
  return GuildId.is(id) ? id : null;
};

const FEED: ReadonlySet<EventType> = new Set(FEED_KINDS);

const createAnnounceOne = (dependencies: Dependencies) => {
  const { audience, outbox, revocation, endSession, log } = dependencies;
  const announcers: Announcers = {
    ...messageAnnouncers(dependencies),
    ...guildAnnouncers(dependencies),
    ...memberAnnouncers(dependencies),
    ...ipBanAnnouncers(dependencies),
    ...dependencies.peopleAnnouncers,
    SessionRevoked: ({ data }) => endSession(data.sessionId),
  };
  return async (event: Recorded | Undecodable, prepared: PreparedBatch): Promise<void> => {
    if (event.type === 'Undecodable') {
      // Parked by the projections; there is nothing to say, but it may have taken a permission away.
      const guildId = guildOf(event);
      if (guildId !== null) await revocation.reconsider(guildId, audience.inGuild(guildId));
      return;
    }
    const place = FEED.has(event.type) ? placeOf(event.meta) : null;
    outbox.begin(place);
    try {
      // An announcer of a type takes events of that type; the compiler can't follow that through the look-up.
      const announcer = announcers[event.type] as Announcer<EventType> | undefined;
      await announcer?.(event, prepared);
    } catch (error) {
      // One event must not silence the rest. Permissions fail closed inside, so nothing is left open by this.
      log.error({ event: 'gateway.announcement.failed', type: event.type, err: error });
    }
    outbox.begin(null);
    if (place !== null) dependencies.telling.reached(place);
  };
};

/** Announces batches; must be called with one batch at a time. */
export const createAnnouncements = (dependencies: Dependencies) => {
  const { outbox, texts, guildMates, telling } = dependencies;
  const announceOne = createAnnounceOne(dependencies);

  return async (batch: readonly (Recorded | Undecodable)[]): Promise<void> => {
    telling.begin();
    try {
      const prepared = await texts.prepare(batch);
      // The whole batch first: who knows whom is then as of its end, like the friends and guilds that are read meanwhile.
      // Of two moments mixed, a profile would reach somebody who shared a guild with its owner at neither.
      for (const event of batch) guildMates.apply(event);
      for (const event of batch) {
        await announceOne(event, prepared);
        await outbox.breathe();
      }
      outbox.settle();
    } finally {
      telling.end();
    }
  };
};
