// Takes back what was done in a guild: reads what was touched, plans each stream over its own history, and appends what
// leads back, each stream at the revision that was looked at. So it runs beside a live server; it can be cut short anywhere
// and run again, when only the rest is done.
import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { GUILD_EVENTS, type GuildEvent } from '../../domain/guild/events.ts';
import { type Guild } from '../../domain/guild/guild.ts';
import { IP_BAN_EVENTS, type IpBanEvent } from '../../domain/ip-ban/events.ts';
import { MEMBERSHIP_EVENTS, type MembershipEvent } from '../../domain/membership/events.ts';
import { MESSAGE_EVENTS, type MessageEvent } from '../../domain/message/events.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { OPERATOR_ID } from '../../domain/shared/operator.ts';
import { type Act, type Refusal } from '../../domain/undo/act.ts';
import { planGuild, type Undoing } from '../../domain/undo/plan-guild.ts';
import { planIpBans } from '../../domain/undo/plan-ip-bans.ts';
import { planMember } from '../../domain/undo/plan-member.ts';
import { planMessage } from '../../domain/undo/plan-message.ts';
import { guildStream, memberStream } from '../access/create-guild-access.ts';
import { type ErasureLock } from '../erasure/erasure-lock.ts';
import { type EventStore, type Recorded } from '../event-store/event-store.ts';
import { ipBanStream } from '../ip-ban/blocklist.ts';
import { type Limits } from '../limits.ts';
import { messageStream } from '../message/message-streams.ts';
import { type Clock } from '../ports.ts';
import { findTouched, guildEvents, type Touched } from './find-touched.ts';
import { createStreamUndo, type StreamUndo } from './undo-stream.ts';
import { whoseIn, type UndoRange } from './undo-range.ts';

/** More than a raid of hours; who has more to take back does it in parts. */
export const UNDO_ACTS_MAX = 500_000;
const STREAMS_AT_ONCE = 200;

export type UndoProgress = {
  readonly phase: 'read' | 'members' | 'messages';
  readonly done: number;
  readonly total: number | null;
};

export type Undone = {
  readonly acts: number; // Found in the range
  readonly compensations: ReadonlyMap<string, number>; // By type of event
  readonly refusals: readonly Refusal[];
  readonly correlationId: string;
};

export type UndoFailure =
  | { readonly type: 'NoSuchGuild' }
  | { readonly type: 'TooManyActs'; readonly actsMax: number }
  | { readonly type: 'EraserAtWork' };

export type UndoPorts = {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly newUuid: () => string;
  readonly holdErasure: ErasureLock;
  readonly limits: Pick<Limits, 'reactionsPerMessageMax'>;
  readonly actsMax?: number;
};

export type UndoRequest = UndoRange & {
  readonly reason: string | null;
  readonly isDryRun: boolean;
  readonly onProgress: (progress: UndoProgress) => void;
};

/** Waits for all of them also when one fails: nothing may go on once the erasing of keys is free to. */
const allOver = async (works: readonly Promise<unknown>[]): Promise<void> => {
  for (const outcome of await Promise.allSettled(works))
    if (outcome.status === 'rejected') throw outcome.reason;
};

/** Does the work on all streams, whose histories are read many at once. */
const onEach = async <Id>(
  { store }: Pick<UndoPorts, 'store'>,
  ids: ReadonlySet<Id>,
  streamOf: (id: Id) => string,
  work: (id: Id, history: readonly Recorded[]) => Promise<unknown>,
): Promise<void> => {
  const all = [...ids];
  let next = 0;
  const onPage = async (page: readonly Id[]) => {
    const histories = await store.loadEach(page.map(streamOf));
    await allOver(page.map((id) => work(id, histories.get(streamOf(id)) ?? [])));
  };
  const worker = async () => {
    while (next < all.length) {
      const page = all.slice(next, next + STREAMS_AT_ONCE);
      next += page.length;
      await onPage(page).catch((error: unknown) => {
        next = all.length; // What fails here fails there: the rest is for another run.
        throw error;
      });
    }
  };
  // Two, so that one reads while the other's events are on their way to the disk.
  await allOver([worker(), worker()]);
};

const accountIsThere = async (
  store: Pick<EventStore, 'load'>,
  userId: UserId,
): Promise<boolean> => {
  const events = await store.load(`account-${userId}`);
  return events.length > 0 && events.every(({ type }) => type !== 'AccountErased');
};

type Work = {
  readonly ports: UndoPorts;
  readonly streams: StreamUndo;
  readonly undoing: Undoing;
  readonly touched: Touched;
  readonly onProgress: UndoRequest['onProgress'];
};

const undoMembers = async (
  { ports, streams, undoing, touched: { members }, onProgress }: Work,
  existing: Guild['roles'],
): Promise<void> => {
  let done = 0;
  const streamOf = (userId: UserId) => memberStream(undoing.guildId, userId);
  await onEach(ports, members, streamOf, async (userId, history) => {
    const plan = async (acts: readonly Act<MembershipEvent>[]) => {
      const planned = planMember(acts, { ...undoing, userId, existing, isAccountThere: true });
      if (!planned.events.some(({ type }) => type === 'MemberRestored')) return planned;
      return (await accountIsThere(ports.store, userId))
        ? planned
        : planMember(acts, { ...undoing, userId, existing, isAccountThere: false });
    };
    const subject = { kind: 'member', id: userId } as const;
    await streams.undo(streamOf(userId), subject, MEMBERSHIP_EVENTS, plan, { history });
    done += 1;
    onProgress({ phase: 'members', done, total: members.size });
  });
};

const undoMessages = async ({ ports, streams, undoing, ...work }: Work): Promise<void> => {
  const { messages } = work.touched;
  const emojiMax = ports.limits.reactionsPerMessageMax;
  let done = 0;
  await onEach(ports, messages, messageStream, async (messageId, history) => {
    const plan = (acts: readonly Act<MessageEvent>[]) =>
      planMessage(acts, { ...undoing, emojiMax });
    const subject = { kind: 'message', id: messageId } as const;
    await streams.undo(messageStream(messageId), subject, MESSAGE_EVENTS, plan, { history });
    done += 1;
    work.onProgress({ phase: 'messages', done, total: messages.size });
  });
};

const undoIpBans = ({ streams, undoing }: Work): Promise<unknown> =>
  streams.undo(
    ipBanStream(undoing.guildId),
    { kind: 'guild', id: undoing.guildId },
    IP_BAN_EVENTS,
    (acts: readonly Act<IpBanEvent>[]) => planIpBans(acts, undoing),
    {
      vaultOf: (event) =>
        event.type === 'IpBanLifted' ? [{ kind: 'ip_ban_lifted', banId: event.data.banId }] : [],
    },
  );

/** First who may do what: whatever the account still does is refused from then on. */
const undoTouched = async (work: Work): Promise<'done' | 'no_such_guild'> => {
  const { ports, streams, undoing, touched } = work;
  const stream = guildStream(undoing.guildId);
  const guild = await streams.undo(
    stream,
    { kind: 'guild', id: undoing.guildId },
    GUILD_EVENTS,
    (acts: readonly Act<GuildEvent>[]) => planGuild(acts, undoing, touched.uses),
  );
  if (guild === null) {
    if ((await ports.store.load(stream)).length === 0) return 'no_such_guild';
    throw new UndoCutShort('busy');
  }
  await undoMembers(work, guild.roles);
  if (touched.touchesIpBans) await undoIpBans(work);
  await undoMessages(work);
  return 'done';
};

/** What somebody posted in a channel while it was being removed: it can be seen by nobody. */
const postedMeanwhile = async (
  { store }: UndoPorts,
  request: UndoRequest,
  streams: StreamUndo,
  touched: Touched,
): Promise<readonly Refusal[]> => {
  const removed = streams.removedChannels();
  if (removed.size === 0) return [];
  const found: Refusal[] = [];
  const pages = guildEvents(store, request.guildId, touched.readUpTo, await store.head());
  for await (const page of pages)
    for (const event of page)
      if (event.type === 'MessagePosted' && removed.has(event.data.channelId))
        found.push({ kind: 'message', id: event.data.messageId, why: 'channel_gone' });
  return found;
};

/** Records that it was done, and how far it came; nothing where nothing was done. */
const createRecords = (
  { store, clock }: UndoPorts,
  { guildId, from, to, actorId, reason }: UndoRequest,
  correlationId: string,
) => {
  const range = { guildId, from, to, actorId };
  const context = { actor: 'operator', correlationId };
  const append = async (event: Parameters<EventStore['append']>[0]['events'][number]) => {
    const stream = `undo-${guildId}`;
    const appended = await store.append({ stream, expected: 'any', events: [event], context })();
    if (isLeft(appended)) throw new UndoCutShort(appended.left.type);
  };
  let started: Promise<void> | null = null;
  return {
    start: () =>
      (started ??= append({
        type: 'GuildUndoStarted',
        data: { ...range, at: clock.now(), ...(reason !== null && { reason }) },
      })),
    finish: async (compensations: number, refusals: number) => {
      if (started === null) return;
      const counts = { compensations: compensations as t.Int, refusals: refusals as t.Int };
      await append({ type: 'GuildUndoFinished', data: { ...range, ...counts, at: clock.now() } });
    },
  };
};

/** The log did not take something. What was done stands, and running the same again does the rest. */
export class UndoCutShort extends Error {
  override readonly name = 'UndoCutShort';
}

/** Makes the command; it is for operators alone, who are asked for no permission. */
export const createUndoGuild =
  (ports: UndoPorts) =>
  async (request: UndoRequest): Promise<Either<UndoFailure, Undone>> => {
    const { store, newUuid, holdErasure, actsMax = UNDO_ACTS_MAX } = ports;
    const correlationId = newUuid();
    const touched = await findTouched(store, request, actsMax, (done) =>
      request.onProgress({ phase: 'read', done, total: null }),
    );
    if ('type' in touched) return left(touched);
    const records = createRecords(ports, request, correlationId);
    const streams = createStreamUndo({
      store,
      context: { actor: 'operator', correlationId },
      whoseOf: whoseIn(request),
      isDryRun: request.isDryRun,
      beforeFirst: records.start,
      cutShort: (why) => new UndoCutShort(why),
    });
    const { guildId, onProgress } = request;
    const undoing: Undoing = { guildId, by: OPERATOR_ID, at: ports.clock.now() };
    const work = () => undoTouched({ ports, streams, undoing, touched, onProgress });
    const outcome = request.isDryRun ? await work() : await holdErasure(work);
    if (outcome === null) return left({ type: 'EraserAtWork' });
    if (outcome === 'no_such_guild') return left({ type: 'NoSuchGuild' });
    const compensations = streams.compensations();
    const refusals = [
      ...touched.files,
      ...streams.refusals(),
      ...(await postedMeanwhile(ports, request, streams, touched)),
    ];
    const count = [...compensations.values()].reduce((sum, each) => sum + each, 0);
    await records.finish(count, refusals.length);
    return right({ acts: touched.acts, compensations, refusals, correlationId });
  };
