/* eslint-disable svelte/prefer-svelte-reactivity -- Sets and maps here are replaced whole, or nobody watches them. */
/* eslint-disable max-lines-per-function -- A factory of state is a list of short functions over that state. */
// Sends what was written, in order per channel, until it arrived or somebody has to decide.
import { isLeft } from 'fp-ts/lib/Either.js';
import { type Message } from '../../../../application/contract/answers.ts';
import { type Api } from '../api/api.ts';
import { type ApiFailure, isPassing } from '../api/http.ts';
import { backoffMs } from '../gateway/backoff.ts';
import { matchingEntry } from './matching.ts';
import {
  type OutboxEntry,
  type OutboxStore,
  OUTBOX_ENTRIES_MAX,
  UNATTENDED_MS_MAX,
} from './outbox-entry.ts';

const TRIES_UNATTENDED_MAX = 3;

type Place = { readonly guildId: string; readonly channelId: string };

export const createOutbox = ({
  api,
  store,
  self,
  freshKey,
  now,
  problemOf,
  mayRetry,
  onDelivered,
}: {
  readonly api: Pick<Api, 'postMessage'>;
  readonly store: OutboxStore;
  readonly self: string;
  readonly freshKey: () => string;
  readonly now: () => number;
  readonly problemOf: (failure: ApiFailure) => string;
  readonly mayRetry: (problem: string) => boolean; // Without anybody having decided anything
  readonly onDelivered: (message: Message) => void;
}) => {
  let entries = $state.raw<readonly OutboxEntry[]>(store.all());
  /** Entries whose message has been seen in a frame: delivered, though the answer is still awaited. */
  let seen = $state.raw<ReadonlySet<string>>(new Set());
  const keys = new Map<string, string>(); // Message id → key of its entry, so that its row stays the same row
  const flying = new Set<string>();
  const running = new Set<string>(); // Channels with a sender at work
  let stopped = false;

  const put = (entry: OutboxEntry) => {
    entries = entries.some(({ key }) => key === entry.key)
      ? entries.map((each) => (each.key === entry.key ? entry : each))
      : [...entries, entry];
    store.write(entry);
  };
  const drop = (key: string) => {
    entries = entries.filter((entry) => entry.key !== key);
    seen = new Set([...seen].filter((each) => each !== key));
    store.remove(key);
  };
  /** A failed try shows again: its row and that of the message taken for it must not share a key. */
  const unsee = (key: string) => {
    seen = new Set([...seen].filter((each) => each !== key));
    for (const [messageId, each] of keys) if (each === key) keys.delete(messageId);
  };
  const nextIn = (channelId: string) =>
    entries.find((entry) => entry.channelId === channelId && entry.problem === null);

  /** What waits behind a message that the server was away for waits with it, else it would overtake. */
  const holdBack = (channelId: string, problem: string) => {
    for (const entry of entries)
      if (entry.channelId === channelId && entry.problem === null) put({ ...entry, problem });
  };

  const attempt = async (entry: OutboxEntry) => {
    flying.add(entry.key);
    const answer = await api.postMessage(entry, entry.content, entry.key);
    flying.delete(entry.key);
    return answer;
  };

  const sendOne = async (entry: OutboxEntry): Promise<void> => {
    for (let tries = 1; !stopped; tries += 1) {
      const answer = await attempt(entry);
      if (!isLeft(answer)) {
        keys.set(answer.right.message_id, entry.key);
        onDelivered(answer.right);
        drop(entry.key);
        return;
      }
      const gone = !entries.some(({ key }) => key === entry.key); // Sent by another tab, or given up
      if (gone) return;
      const passing = isPassing(answer.left);
      if (!passing || tries >= TRIES_UNATTENDED_MAX) {
        unsee(entry.key);
        put({ ...entry, problem: problemOf(answer.left) });
        if (passing) holdBack(entry.channelId, problemOf(answer.left));
        return;
      }
      const wait =
        answer.left.type === 'Busy' && answer.left.retryAfterSecs !== null
          ? Math.min(answer.left.retryAfterSecs * 1000, 10_000)
          : backoffMs(tries - 1, Math.random);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  };

  const run = async (channelId: string) => {
    if (running.has(channelId)) return;
    running.add(channelId);
    for (let next = nextIn(channelId); next && !stopped; next = nextIn(channelId))
      await sendOne(next);
    running.delete(channelId);
  };

  /** Tries everything of a channel again that only the server's absence held up, in the order it was written. */
  const wake = (channelId: string) => {
    for (const entry of entries)
      if (entry.channelId === channelId && entry.problem !== null && mayRetry(entry.problem))
        put({ ...entry, problem: null });
    void run(channelId);
  };

  return {
    pendingIn: (channelId: string): readonly OutboxEntry[] =>
      entries.filter((entry) => entry.channelId === channelId && !seen.has(entry.key)),
    /** The key of the row that a message took over, or its own id. */
    rowKeyOf: (messageId: string) => keys.get(messageId) ?? messageId,
    /** False when too much is waiting already. */
    send: (place: Place, content: string): boolean => {
      if (entries.length >= OUTBOX_ENTRIES_MAX) return false;
      put({ key: freshKey(), ...place, content, createdAt: now(), problem: null });
      wake(place.channelId);
      return true;
    },
    retry: (key: string) => {
      const entry = entries.find((each) => each.key === key);
      if (entry === undefined) return;
      put({ ...entry, problem: null });
      wake(entry.channelId);
    },
    discard: drop,
    /** Called for each message a frame brings, before it is shown. */
    recognise: (message: Message) => {
      if (keys.has(message.message_id)) return;
      const inFlight = entries.filter(({ key }) => flying.has(key) && !seen.has(key));
      const entry = matchingEntry(message, inFlight, self);
      if (entry === null) return;
      keys.set(message.message_id, entry.key);
      seen = new Set([...seen, entry.key]);
    },
    /** Sends what an earlier visit left behind, or what failed only because the server was away. */
    resume: () => {
      for (const entry of entries) {
        const stale = now() - entry.createdAt > UNATTENDED_MS_MAX;
        const waits = entry.problem === null || mayRetry(entry.problem);
        if (stale && waits) put({ ...entry, problem: 'stale' });
      }
      for (const channelId of new Set(entries.map((entry) => entry.channelId))) wake(channelId);
    },
    /** Another tab may have delivered, failed or given up what both hold. */
    followStorage: () => {
      const stored = store.all();
      entries = entries
        .filter(({ key }) => flying.has(key) || stored.some((entry) => entry.key === key))
        .concat(stored.filter(({ key }) => !entries.some((entry) => entry.key === key)));
    },
    stop: () => {
      stopped = true;
    },
  };
};

export type Outbox = ReturnType<typeof createOutbox>;
