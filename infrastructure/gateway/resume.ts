// Resume without expiry: a socket joins its channels with its frames held back, is told what it missed from the feed, then
// what was held, and then hears by itself. What it may hear is decided by what it is subscribed to at the moment of each
// frame, and subscriptions follow permissions at once.
import { setTimeout as delay } from 'node:timers/promises';
import type * as t from 'io-ts';
import { type GuildAccess } from '../../application/access/guild-access.ts';
import { type AccountReader } from '../../application/account/account-reader.ts';
import { type ResumeData, type ResumeRefusal } from '../../application/contract/resume-frames.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import {
  channelScope,
  guildScope,
  personScope,
  PROFILES_SCOPE,
  type FeedChange,
  type FeedScope,
} from '../../application/feed/feed-reader.ts';
import { placeText } from '../../application/feed/place.ts';
import { type Limits } from '../../application/limits.ts';
import { type ChannelId, type GuildId } from '../../domain/shared/ids.ts';
import { type Audience } from './audience.ts';
import { type Connection, type DisconnectReason, type GatewayLog } from './connection.ts';
import { type Frame } from './frame-text.ts';
import { type GuildMates } from './guild-mates.ts';
import { type HeldFor } from './held-frames.ts';
import { missedSummary } from './missed-summary.ts';
import { type Outbox } from './outbox.ts';
import { presenceFrame } from './presence-frame.ts';
import { isRemoval, placeOfChange, removalFrames, type Replayed } from './replay-frames.ts';
import {
  createReplayPages,
  type ReplayPage,
  type ReplayPages,
  type ResumeSource,
} from './replay-pages.ts';
import { checkPresented } from './resume-checks.ts';
import { createResumeQueue } from './resume-queue.ts';
import { type Revocation } from './revocation.ts';
import { mayHearNow, type MomentFrames } from './subscribing.ts';
import { type Told } from './told.ts';

// Permissions dropped from the cache between the load and the joining are asked for again, but not for ever.
const JOIN_TRIES_MAX = 5;
// How often a socket whose peer reads slowly is looked at again.
const ROOM_CHECK_MS = 5;

export type ResumeDependencies = {
  readonly source: ResumeSource;
  readonly told: Told;
  readonly access: GuildAccess;
  readonly lookup: AccountReader['lookup'];
  readonly holdsInChannel: Revocation['holdsInChannel'];
  readonly guildMates: Pick<GuildMates, 'guildsOf'>;
  readonly audience: Audience;
  readonly outbox: Outbox;
  readonly moment: MomentFrames;
  readonly disconnect: (connection: Connection, reason: DisconnectReason) => void;
  readonly isBarred: (connection: Connection, guildId: GuildId) => Promise<boolean>;
  readonly limits: Limits;
  readonly monotonic: () => number;
  readonly log: GatewayLog;
};

type Asked = t.TypeOf<typeof ResumeData>;
type Spot = { readonly guildId: GuildId; readonly channelId: ChannelId };
type Joined = { readonly from: Position; readonly refused: readonly Spot[] };

/** One resume under way. */
type Run = {
  readonly connection: Connection;
  readonly deadline: number; // Monotonic milliseconds
  readonly pages: ReplayPages;
};

/** It took too long, the peer does not read, or the peer is gone: what was told stays told. */
class ResumeCutShort extends Error {
  override readonly name = 'ResumeCutShort';
}

const spotsOf = ({ subscriptions }: Asked): readonly Spot[] => {
  const spots = new Map<ChannelId, Spot>();
  for (const { guild_id: guildId, channel_ids: channelIds } of subscriptions)
    for (const channelId of channelIds) spots.set(channelId, { guildId, channelId });
  return [...spots.values()];
};

const scopesOf = ({ userId, subscriptions }: Connection): readonly FeedScope[] => [
  personScope(userId),
  PROFILES_SCOPE,
  ...[...subscriptions].flatMap(([guildId, channelIds]) => [
    guildScope(guildId),
    ...[...channelIds].map(channelScope),
  ]),
];

const createJoining = (dependencies: ResumeDependencies) => {
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

/** Tells of what the socket listened to and may no longer: by the removal from its guild, or channel by channel. */
const createTellLost = ({ source, guildMates, outbox }: ResumeDependencies) => {
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

const mayHearChange = ({ subscriptions }: Connection, { guildId, channelId }: FeedChange) => {
  if (guildId === null) return true; // Between people, decided when the page was read.
  const channels = subscriptions.get(guildId);
  return channelId === null ? channels !== undefined : channels?.has(channelId) === true;
};
const mayHearHeld = ({ subscriptions }: Connection, to: HeldFor): boolean => {
  if (to === 'named') return true;
  if (to.guildId !== undefined) return subscriptions.has(to.guildId);
  return [...subscriptions.values()].some((channels) => channels.has(to.channelId));
};

const createCatchUp = (dependencies: ResumeDependencies) => {
  const { outbox, told, limits, monotonic } = dependencies;
  const roomMax = limits.gatewayOutboundBytesMax / 4;

  /** Until the peer has read enough of what it was sent. */
  const room = async ({ connection, deadline }: Run): Promise<void> => {
    await outbox.breathe();
    for (;;) {
      if (connection.isClosed || monotonic() > deadline) throw new ResumeCutShort();
      if (connection.socket.bufferedBytes() <= roomMax) return;
      await delay(ROOM_CHECK_MS);
    }
  };

  const tell = async (run: Run, { change, frames }: Replayed): Promise<number> => {
    if (frames.length === 0) return 0;
    await room(run);
    if (!mayHearChange(run.connection, change)) return 0;
    for (const [index, frame] of frames.entries()) {
      const isLast = index === frames.length - 1;
      const place = isLast ? placeOfChange(change) : undefined;
      outbox.toSome([run.connection], 'connection', frame, place);
    }
    return frames.length;
  };

  /** Tells everything with after < position <= upTo; the next page is read while one is told. */
  const replay = async (run: Run, after: Position, upTo: Position): Promise<number> => {
    const { connection, pages } = run;
    const read = (position: Position) => {
      const page = pages.read({ scopes: scopesOf(connection), after: position, upTo });
      page.catch(() => {}); // It is awaited below, unless the socket is gone by then.
      return page;
    };
    let count = 0;
    let reading: ReturnType<typeof read> | null = read(after);
    while (reading !== null) {
      const { replayed, next }: ReplayPage = await reading;
      reading = next === null ? null : read(next);
      for (const one of replayed) count += await tell(run, one);
    }
    return count;
  };

  /** Resolves, with how many frames were told, at a moment when nothing is missing but what is held. */
  return async (run: Run, after: Position, joinedAt: Position): Promise<number> => {
    const { held } = run.connection;
    let [sent, upTo] = [after, joinedAt];
    let count = 0;
    for (;;) {
      count += await replay(run, sent, upTo);
      await room(run);
      if (held?.hasOverflowed() !== true) return count;
      sent = upTo;
      await told.between(() => {
        held.clear();
        upTo = told.place().position;
      });
    }
  };
};

const createGoLive =
  ({ audience, outbox, told, moment, disconnect }: ResumeDependencies) =>
  // Waits for nothing, so that no frame falls between what was held and what is heard.
  (connection: Connection, missed: 'replay' | 'summary', replayed: number): void => {
    outbox.flush();
    for (const { text, to } of connection.held?.all() ?? [])
      if (mayHearHeld(connection, to) && connection.socket.send(text) === 'dropped') {
        disconnect(connection, 'slow_consumer');
        return;
      }
    audience.release(connection);
    const reply = (frame: Frame) => outbox.toSome([connection], 'connection', frame);
    reply({ t: 'resumed', d: { position: placeText(told.place()), missed, replayed } });
    for (const [guildId, channelIds] of connection.subscriptions) {
      reply(moment.presenceSync(connection, guildId));
      for (const channelId of channelIds) reply(moment.voiceSync(guildId, channelId));
    }
  };

const createRun = (dependencies: ResumeDependencies) => {
  const { source, told, isBarred, limits, monotonic } = dependencies;
  const join = createJoining(dependencies);
  const tellLost = createTellLost(dependencies);
  const catchUp = createCatchUp(dependencies);
  const goLive = createGoLive(dependencies);
  const summarise = missedSummary(dependencies);

  /** Resolves with why it can't be done, before anything was; null when it is, or the socket ended. */
  return async (
    connection: Connection,
    asked: Asked,
    deadline: number,
  ): Promise<ResumeRefusal | null> => {
    if (monotonic() > deadline) return 'busy';
    const waitMs = Math.min(limits.readWaitMs, deadline - monotonic());
    const checked = await checkPresented({ source, told, presented: asked, waitMs });
    if (checked.type === 'refused') return checked.reason;
    for (const { guild_id: guildId } of asked.subscriptions)
      if (await isBarred(connection, guildId)) return null;
    const joined = await join(connection, spotsOf(asked));
    if (joined === null) return 'busy';
    const { missed = 'replay' } = asked;
    const { position: after } = checked.place;
    const pages = createReplayPages(dependencies, connection.userId);
    await tellLost(connection, joined.refused, { after, upTo: joined.from });
    if (missed === 'summary') await summarise(connection, after, joined.from);
    else await pages.beginAt(after);
    const from = missed === 'summary' ? joined.from : after;
    const replayed = await catchUp({ connection, deadline, pages }, from, joined.from);
    goLive(connection, missed, replayed);
    return null;
  };
};

/** Makes what performs `resume`; it never rejects because of the client or its socket. */
export const createResume = (dependencies: ResumeDependencies) => {
  const { told, audience, outbox, disconnect, limits, monotonic, log } = dependencies;
  const queue = createResumeQueue({
    runningMax: limits.gatewayResumesMax,
    waitingMax: limits.gatewayResumesWaitingMax,
  });
  const run = createRun(dependencies);
  const subscriptionsMax = limits.gatewaySubscriptionsPerConnectionMax;

  const refusalAtOnce = (connection: Connection, asked: Asked): ResumeRefusal | null => {
    if (!connection.wantsPlaces) return 'places_not_asked_for';
    if (connection.subscriptionCount > 0) return 'already_subscribed';
    const isTooMuch =
      asked.subscriptions.length > subscriptionsMax || spotsOf(asked).length > subscriptionsMax;
    return isTooMuch ? 'too_many_subscriptions' : null;
  };
  const refuse = (connection: Connection, reason: ResumeRefusal) => {
    connection.awaitsResume = false;
    const d = { reason, position: placeText(told.place()) };
    outbox.toSome([connection], 'connection', { t: 'resume_refused', d });
  };

  return async (connection: Connection, asked: Asked): Promise<void> => {
    const deadline = monotonic() + limits.gatewayResumeTimeoutMs;
    const atOnce = refusalAtOnce(connection, asked);
    const leave = atOnce === null ? await queue.enter() : null;
    if (leave === null) {
      refuse(connection, atOnce ?? 'busy');
      return;
    }
    try {
      const refusal = connection.isClosed ? null : await run(connection, asked, deadline);
      if (refusal !== null) refuse(connection, refusal);
    } catch (error) {
      if (!(error instanceof ResumeCutShort))
        log.error({ event: 'gateway.resume.failed', err: error });
      // Half told is not told: it goes on from the last place it was given, on its next socket.
      disconnect(connection, 'resume_timeout');
    } finally {
      audience.release(connection);
      leave();
    }
  };
};
