// Somebody who posts at a steady rate however long each answer takes, and repeats what was not answered with the same key.
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiClient, UnexpectedAnswer } from '../../api-client/api-client.ts';
import { type Person, type Place } from '../people.ts';

const IN_FLIGHT_MAX = 64;
const RETRY_MS = 50;
const NOT_NOW: ReadonlySet<number> = new Set([408, 409, 503]);
// What an author looks at for what was just acknowledged; more than a few others come between only on a slow machine.
const NEWEST = 10;

export type Posted = {
  readonly posts: number;
  readonly perSecond: number;
  readonly repeats: number;
  /** Those that were due while as many as may be were on their way. */
  readonly heldBack: number;
  /** Acknowledged, and not there when their author read. */
  readonly missedWrites: readonly string[];
};

export type Posting = { readonly end: () => Promise<Posted>; readonly failed: Promise<never> };

/** Starts posting; `name` makes the keys its own. */
export const startPosting = (
  api: ApiClient,
  {
    author,
    place,
    perSecond,
    name,
  }: {
    readonly author: Person;
    readonly place: Place;
    readonly perSecond: number;
    readonly name: string;
  },
): Posting => {
  const { guildId, channelId } = place;
  const missedWrites: string[] = [];
  const started = performance.now();
  let [posts, repeats, heldBack, isEnding] = [0, 0, 0, false];
  const underWay = new Set<Promise<void>>();

  const surely = async (content: string) => {
    for (;;) {
      try {
        return await api.post(author.token, guildId, channelId, content, content);
      } catch (error) {
        if (!(error instanceof UnexpectedAnswer) || !NOT_NOW.has(error.status)) throw error;
        repeats += 1;
        await delay(RETRY_MS);
      }
    }
  };
  const post = async (n: number): Promise<void> => {
    const { message_id: id } = await surely(`${name}-${n}`);
    posts += 1;
    const { messages } = await api.history(author.token, guildId, channelId, { limit: NEWEST });
    const isAmong = messages.some(({ message_id: found }) => found === id);
    // So many newer ones hide it honestly.
    const isHidden = messages.length === NEWEST && messages.every(({ message_id: it }) => it > id);
    if (!isAmong && !isHidden) missedWrites.push(id);
  };
  const run = async (fail: (error: unknown) => void): Promise<void> => {
    for (let n = 0; !isEnding; n += 1) {
      await delay(Math.max(0, started + (n * 1000) / perSecond - performance.now()));
      if (underWay.size >= IN_FLIGHT_MAX) {
        heldBack += 1;
        continue;
      }
      const one = post(n)
        .catch(fail)
        .finally(() => underWay.delete(one));
      underWay.add(one);
    }
    await Promise.all(underWay);
  };
  let running = Promise.resolve();
  const failed = new Promise<never>((_, reject) => {
    running = run((error) => {
      isEnding = true;
      reject(error instanceof Error ? error : new Error(String(error)));
    });
  });
  return {
    failed,
    end: async () => {
      isEnding = true;
      await running;
      const seconds = (performance.now() - started) / 1000;
      return { posts, perSecond: posts / seconds, repeats, heldBack, missedWrites };
    },
  };
};
