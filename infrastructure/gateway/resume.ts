// Resume without expiry: a socket joins its channels with its frames held back, is told what it missed from the feed, then
// what was held, and then hears by itself. What it may hear is decided by what it is subscribed to at the moment of each
// frame, and subscriptions follow permissions at once.
import type * as t from 'io-ts';
import { type ResumeData, type ResumeRefusal } from '../../application/contract/resume-frames.ts';
import { placeText } from '../../application/feed/place.ts';
import { type ChannelId } from '../../domain/shared/ids.ts';
import { type Connection } from './connection.ts';
import { missedSummary } from './missed-summary.ts';
import { createReplayPages } from './replay-pages.ts';
import { createCatchUp, createGoLive } from './resume-catch-up.ts';
import { checkPresented } from './resume-checks.ts';
import { ResumeCutShort, type ResumeDependencies, type Spot } from './resume-dependencies.ts';
import { createJoining } from './resume-joining.ts';
import { createTellLost } from './resume-lost.ts';
import { createResumeQueue } from './resume-queue.ts';

type Asked = t.TypeOf<typeof ResumeData>;

const spotsOf = ({ subscriptions }: Asked): readonly Spot[] => {
  const spots = new Map<ChannelId, Spot>();
  for (const { guild_id: guildId, channel_ids: channelIds } of subscriptions)
    for (const channelId of channelIds) spots.set(channelId, { guildId, channelId });
  return [...spots.values()];
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
