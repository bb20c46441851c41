// Tells a resuming socket what it missed, page by page and no faster than its peer reads, and lets it go live.
import { setTimeout as delay } from 'node:timers/promises';
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
import { type Connection } from './connection.ts';
import { type Frame, type PlacedFrame } from './frame-text.ts';
import { type HeldFor } from './held-frames.ts';
import { placeOfChange, type Replayed } from './replay-frames.ts';
import { type ChangesPage, type ReplayPages } from './replay-pages.ts';
import { ResumeCutShort, type ResumeDependencies } from './resume-dependencies.ts';

// How often a socket whose peer reads slowly is looked at again.
const ROOM_CHECK_MS = 5;

/** One resume under way. */
type Run = {
  readonly connection: Connection;
  readonly deadline: number; // Monotonic milliseconds
  readonly pages: ReplayPages;
};

const scopesOf = ({ userId, subscriptions }: Connection): readonly FeedScope[] => [
  personScope(userId),
  PROFILES_SCOPE,
  ...[...subscriptions].flatMap(([guildId, channelIds]) => [
    guildScope(guildId),
    ...[...channelIds].map(channelScope),
  ]),
];

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

/** The changes of a page that the socket may hear when each has its turn, and how many frames they were so far. */
const createTold = (connection: Connection, replayed: readonly Replayed[]) => {
  let count = 0;
  function* changes(): Generator<readonly PlacedFrame[], void> {
    for (const { change, frames } of replayed) {
      if (frames.length === 0 || !mayHearChange(connection, change)) continue;
      count += frames.length;
      yield frames.map((frame, index) => ({
        frame,
        place: index === frames.length - 1 ? placeOfChange(change) : undefined,
      }));
    }
  }
  return { changes: changes(), count: () => count };
};

/** What is awaited later, unless the socket is gone by then. */
const begun = <Value>(work: Promise<Value>): Promise<Value> => {
  work.catch(() => {});
  return work;
};

/** Makes what tells everything missed up to now. */
export const createCatchUp = (dependencies: ResumeDependencies) => {
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

  const tell = async (run: Run, replayed: readonly Replayed[]): Promise<number> => {
    const told = createTold(run.connection, replayed);
    do await room(run);
    while (outbox.burst(run.connection, told.changes));
    return told.count();
  };

  /**
   * Tells everything with after < position <= upTo. While one page is told, the frames of the next are made, and of the one
   * after that the feed is read.
   */
  const replay = async (run: Run, after: Position, upTo: Position): Promise<number> => {
    const { connection, pages } = run;
    const read = (position: Position) =>
      begun(pages.changes({ scopes: scopesOf(connection), after: position, upTo }));
    let count = 0;
    let reading: Promise<ChangesPage> | null = read(after);
    let making: Promise<readonly Replayed[]> = Promise.resolve([]);
    while (reading !== null) {
      const { changes, next }: ChangesPage = await reading;
      reading = next === null ? null : read(next);
      const made = await making;
      making = begun(pages.framesOf(changes));
      count += await tell(run, made);
    }
    return count + (await tell(run, await making));
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

/** Makes what ends a resume: the held frames, the answer, and the state of the moment. */
export const createGoLive =
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
