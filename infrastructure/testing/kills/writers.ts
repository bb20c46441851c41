// People who post at a steady rate and, like any careful program, repeat what was not answered with the same key.
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiClient, UnexpectedAnswer } from '../../api-client/api-client.ts';
import { signIn, type Person, type Place } from '../people.ts';
import { type Acknowledged } from './ledger.ts';

export type Writer = {
  readonly name: string;
  readonly person: Person;
  readonly place: Place;
  readonly everyMs: number;
};

export type Writing = {
  readonly acknowledged: readonly Acknowledged[];
  readonly repeats: () => number;
  /** Resolves when a try that began after this call is acknowledged; rejects when one is refused for good. */
  readonly nextSend: () => Promise<void>;
  /** Ends when everything begun is acknowledged; rejects when something was refused for good. */
  readonly finish: () => Promise<void>;
  /** Ends without caring for what was begun. */
  readonly abandon: () => void;
};

const RETRY_MS = 100;
const TOKEN_MS_MAX = 10 * 60_000; // Before it expires
const REPEATED: ReadonlySet<number> = new Set([408, 409, 503]); // "Not now", as the contract has them

const mayRepeat = (error: unknown): boolean =>
  !(error instanceof UnexpectedAnswer) || REPEATED.has(error.status);

/** Starts the writers, each of whom sends one message after the other. */
export const startWriters = (api: ApiClient, writers: readonly Writer[]): Writing => {
  const acknowledged: Acknowledged[] = [];
  let waiting: { readonly since: number; readonly resolve: () => void }[] = [];
  let repeats = 0;
  let isEnding = false;
  let isAbandoned = false;

  const record = (message: Acknowledged, triedAt: number): void => {
    acknowledged.push(message);
    for (const { since, resolve } of waiting) if (triedAt >= since) resolve();
    waiting = waiting.filter(({ since }) => triedAt < since);
  };
  const surely = async <A>(work: () => Promise<A>): Promise<A> => {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (isAbandoned || !mayRepeat(error)) throw error;
        repeats += 1;
        await delay(RETRY_MS);
      }
    }
  };
  const write = async ({ name, person, place, everyMs }: Writer): Promise<void> => {
    let { token } = person;
    let since = performance.now();
    let due = since;
    for (let n = 0; !isEnding; n += 1) {
      if (performance.now() - since > TOKEN_MS_MAX) {
        since = performance.now();
        token = (await surely(() => signIn(api, person.name, person.password))).token;
      }
      const content = `${name} ${n}`;
      const beganAt = performance.now();
      let triedAt = beganAt;
      const answer = await surely(() => {
        triedAt = performance.now();
        return api.post(token, place.guildId, place.channelId, content, `${name}-${n}`);
      });
      const answeredAt = performance.now();
      record({ author: name, content, id: answer.message_id, beganAt, answeredAt }, triedAt);
      // What was missed while the server was away is not made up for, or each return would be a burst.
      due = Math.max(due + everyMs, answeredAt);
      await delay(due - answeredAt);
    }
  };

  const abandon = (): void => {
    isEnding = true;
    isAbandoned = true;
  };
  const writing = Promise.all(writers.map(write)).then(() => undefined);
  writing.catch(abandon);
  return {
    acknowledged,
    repeats: () => repeats,
    nextSend: () =>
      Promise.race([
        writing,
        new Promise<void>((resolve) => {
          waiting.push({ since: performance.now(), resolve });
        }),
      ]),
    finish: () => {
      isEnding = true;
      return writing;
    },
    abandon,
  };
};
