/* eslint-disable svelte/prefer-svelte-reactivity -- Sets and maps here are replaced whole, or nobody watches them. */
/* eslint-disable max-lines-per-function -- A factory of state is a list of short functions over that state. */
// One channel's conversation as state: what is loaded, what is being loaded, where the reader stands.
import { isLeft } from 'fp-ts/lib/Either.js';
import { type Message } from '../../../../application/contract/answers.ts';
import { type Api } from '../api/api.ts';
import { type ApiFailure } from '../api/http.ts';
import {
  fetchLatest,
  fetchMissed,
  fetchNewer,
  fetchOlder,
  fetchUpTo,
  type Place,
} from './history.ts';
import { type Reads } from './reads.svelte.ts';
import {
  contains,
  EMPTY_TIMELINE,
  type ReactionChange,
  type Timeline,
  timelineOf,
  withEdit,
  withFresh,
  withMessage,
  withNewer,
  withOlder,
  withoutMessage,
  withReaction,
} from './timeline.ts';

export type Target = { readonly messageId: string };

/** Where the reader was, to come back to: a row and how far it is scrolled past, or null for the present. */
export type ReadingPlace = { readonly key: string; readonly offset: number } | null;

type Load = 'none' | 'latest' | 'older' | 'newer';

export const createConversation = ({
  api,
  place,
  self,
  reads,
  now,
  onAuthors,
}: {
  readonly api: Pick<Api, 'messages'>;
  readonly place: Place;
  readonly self: string;
  readonly reads: Reads;
  readonly now: () => number;
  readonly onAuthors: (userIds: readonly string[]) => void;
}) => {
  const history = { api, place };
  let timeline = $state.raw<Timeline>(EMPTY_TIMELINE);
  let opened = $state(false);
  let load = $state<Load>('none');
  let failure = $state.raw<{ readonly load: Load; readonly why: ApiFailure } | null>(null);
  let target = $state.raw<Target | null>(null);
  let targetMissing = $state(false);
  let dividerId = $state<string | null>(null);
  let attending = false;
  let refilling = false;
  let refillAgain = false;
  let refillFailed = false;
  let epoch = 0; // Answers for a stretch that was let go are dropped
  let readingPlace: ReadingPlace = null;
  const listeners = new Set<{ readonly touched: Set<string>; readonly arrived: Message[] }>();

  /** Runs a fetch while remembering what frames say meanwhile: they are newer than its answer. */
  const listening = async <A>(fetch: () => Promise<A>) => {
    const heard = { touched: new Set<string>(), arrived: [] as Message[] };
    listeners.add(heard);
    const answer = await fetch();
    listeners.delete(heard);
    return { answer, heard };
  };
  const touch = (messageId: string) => {
    for (const { touched } of listeners) touched.add(messageId);
  };
  const become = (next: Timeline, fresh: readonly Message[]) => {
    timeline = next;
    onAuthors([...new Set(fresh.map(({ author_id }) => author_id))]);
  };
  const fail = (during: Load, why: ApiFailure) => {
    failure = { load: during, why };
    load = 'none';
  };
  const read = () => {
    const newest = timeline.messages.at(-1);
    if (attending && newest !== undefined && timeline.reachedPresent)
      reads.mark(place.channelId, newest.message_id);
  };

  const loadLatest = async () => {
    const mine = (epoch += 1);
    load = 'latest';
    failure = null;
    const { answer, heard } = await listening(() => fetchLatest(history));
    if (mine !== epoch) return;
    if (isLeft(answer)) {
      fail('latest', answer.left);
      return;
    }
    const { messages, reachedStart } = answer.right;
    let next = timelineOf(messages, { reachedStart, reachedPresent: true }, timeline.deleted);
    for (const message of heard.arrived) next = withMessage(next, message);
    become(next, messages);
    load = 'none';
    if (!opened) divide();
    opened = true;
    read();
  };

  /** Puts the divider before the first message that came since the last visit. */
  const divide = () => {
    const last = reads.lastRead(place.channelId);
    const first =
      last === null
        ? undefined
        : timeline.messages.find(
            ({ message_id, author_id }) => message_id > last && author_id !== self,
          );
    dividerId = first?.message_id ?? null;
  };

  const loadOlder = async () => {
    const oldest = timeline.messages[0];
    if (load !== 'none' || timeline.reachedStart || oldest === undefined) return;
    const mine = epoch;
    load = 'older';
    failure = null;
    const answer = await fetchOlder(history, oldest.message_id);
    if (mine !== epoch) return;
    if (isLeft(answer)) {
      fail('older', answer.left);
      return;
    }
    become(withOlder(timeline, answer.right), answer.right);
    load = 'none';
  };

  const loadNewer = async () => {
    if (load !== 'none' || timeline.reachedPresent || timeline.messages.length === 0) return;
    const mine = epoch;
    load = 'newer';
    failure = null;
    const { answer, heard } = await listening(() => fetchNewer(history, timeline.messages, now()));
    if (mine !== epoch) return;
    if (isLeft(answer)) {
      fail('newer', answer.left);
      return;
    }
    let next = withNewer(timeline, answer.right.messages, answer.right.reachedPresent);
    if (next.reachedPresent) for (const message of heard.arrived) next = withMessage(next, message);
    become(next, answer.right.messages);
    load = 'none';
    read();
  };

  const jumpTo = async (messageId: string) => {
    targetMissing = false;
    if (contains(timeline, messageId)) {
      target = { messageId };
      return;
    }
    const mine = (epoch += 1);
    load = 'latest';
    failure = null;
    const answer = await fetchUpTo(history, messageId);
    if (mine !== epoch) return;
    if (isLeft(answer)) {
      fail('latest', answer.left);
      return;
    }
    if (answer.right[0]?.message_id !== messageId) {
      targetMissing = true;
      if (opened) load = 'none';
      else await loadLatest();
      return;
    }
    const ends = { reachedStart: false, reachedPresent: false };
    become(timelineOf(answer.right, ends, timeline.deleted), answer.right);
    opened = true;
    load = 'none';
    target = { messageId };
    await loadNewer();
  };

  const refillOnce = async () => {
    const mine = epoch;
    const newest = timeline.messages.at(-1)?.message_id ?? null;
    const { answer, heard } = await listening(() => fetchMissed(history, newest));
    refillFailed = isLeft(answer);
    if (mine !== epoch || isLeft(answer)) return;
    const { messages, joined } = answer.right;
    if (!joined && !attending) {
      // Too much was missed: the reader's place stays, and the rest is loaded when they go there.
      timeline = { ...timeline, reachedPresent: false };
      return;
    }
    const next = joined
      ? withFresh(timeline, messages, new Set([...heard.touched]))
      : timelineOf(
          [...messages, ...heard.arrived],
          { reachedStart: false, reachedPresent: true },
          timeline.deleted,
        );
    const fresh = messages.filter(({ message_id }) => newest === null || message_id > newest);
    become(next, messages);
    for (const message of fresh.toReversed()) notice(message);
    read();
  };

  const notice = (message: Message) => {
    if (message.author_id === self || attending) return;
    const last = reads.lastRead(place.channelId);
    if (last !== null && message.message_id <= last) return;
    if (opened && reads.countIn(place.channelId) === 0) dividerId = message.message_id;
    reads.add(place.guildId, place.channelId);
  };

  return {
    place,
    get timeline() {
      return timeline;
    },
    get opened() {
      return opened;
    },
    get load() {
      return load;
    },
    get failure() {
      return failure;
    },
    get target() {
      return target;
    },
    get targetMissing() {
      return targetMissing;
    },
    get dividerId() {
      return dividerId;
    },
    get readingPlace() {
      return readingPlace;
    },
    /** Shows the channel: loads it the first time, and marks off what came since the last visit. */
    open: () => {
      if (opened) divide();
      else if (load === 'none') void loadLatest();
    },
    leave: (at: ReadingPlace) => {
      readingPlace = at;
      attending = false;
      target = null;
      targetMissing = false;
    },
    /** Tells whether the newest message is in front of the reader's eyes. */
    attend: (isAttending: boolean) => {
      attending = isAttending;
      read();
    },
    reload: loadLatest,
    loadOlder,
    loadNewer,
    jumpTo,
    clearTarget: () => {
      target = null;
    },
    jumpToPresent: async () => {
      target = null;
      if (!timeline.reachedPresent) await loadLatest();
    },
    /** After a connection was lost: fetches what frames would have told meanwhile. */
    refill: async () => {
      if (!opened || !timeline.reachedPresent) {
        if (failure !== null && !opened) void loadLatest();
        return;
      }
      refillAgain = true;
      if (refilling) return;
      refilling = true;
      while (refillAgain) {
        refillAgain = false;
        await refillOnce();
      }
      refilling = false;
    },
    /** Whether the last refill did not get through, so that frames alone don't make up for it. */
    needsRefill: () => refilling || refillFailed || (failure !== null && !opened),
    /** A message known to exist, from a frame or an answer. */
    apply: (message: Message) => {
      touch(message.message_id);
      for (const { arrived } of listeners) arrived.push(message);
      const isNew = !contains(timeline, message.message_id);
      timeline = withMessage(timeline, message);
      if (isNew) notice(message);
      onAuthors([message.author_id]);
      read();
    },
    edit: (messageId: string, fields: Pick<Message, 'content' | 'markdown_tokens'>) => {
      touch(messageId);
      timeline = withEdit(timeline, messageId, fields);
    },
    remove: (messageId: string) => {
      touch(messageId);
      timeline = withoutMessage(timeline, messageId);
    },
    react: (change: ReactionChange) => {
      touch(change.message_id);
      timeline = withReaction(timeline, change, self);
    },
  };
};

export type Conversation = ReturnType<typeof createConversation>;
