import * as fc from 'fast-check';
import { right } from 'fp-ts/lib/Either.js';
import { type Message } from '../../../../application/contract/answers.ts';
import { type Api } from '../api/api.ts';
import { fetchMissed, fetchNewer } from './history.ts';
import { idAfter, idAt, readProbe, timeOf } from './probe.ts';
import { message, NOON } from './testing/sample-messages.ts';

const place = { guildId: 'g', channelId: 'c' };

/** A server holding `all` (oldest first) that answers at most `pageMax` at once. */
const serverOf = (all: readonly Message[], pageMax = 100) => {
  let requests = 0;
  const api: Pick<Api, 'messages'> = {
    messages: (_place, before, limit) => {
      requests += 1;
      const messages = all
        .filter(({ message_id }) => before === null || message_id < before)
        .slice(-Math.min(limit ?? 50, pageMax))
        .toReversed();
      return Promise.resolve(right({ messages, next_before: messages.at(-1)?.message_id ?? null }));
    },
  };
  return { api, requests: () => requests };
};

describe('ids as moments', () => {
  it('reads back the time it wrote', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (time) => {
        expect(timeOf(idAt(time))).toBe(time);
      }),
    );
  });

  it('finds the next id, carrying over', () => {
    expect(idAfter('01ARZ3NDEKTSV4RRFFQ69G5FAV')).toBe('01ARZ3NDEKTSV4RRFFQ69G5FAW');
    expect(idAfter('01ARZ3NDEKTSV4RRFFQ69G5FZZ')).toBe('01ARZ3NDEKTSV4RRFFQ69G5G00');
  });
});

describe('reading forwards', () => {
  it('tells a page that follows on from one that may leave something out', () => {
    const last = message(5).message_id;
    expect(readProbe([message(7), message(6)], last)).toEqual({ type: 'Gap' });
    expect(readProbe([message(6), message(5)], last).type).toBe('Found');
    expect(readProbe([message(5), message(4)], last).type).toBe('Nothing');
    expect(readProbe([], last).type).toBe('Nothing');
  });

  it('reaches the present without missing anything, in bursts and silences, from any place', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(1, 5, 40, 5_000, 86_400_000), { minLength: 5, maxLength: 150 }),
        fc.nat(),
        fc.integer({ min: 5, max: 100 }),
        async (gaps, start, pageMax) => {
          let n = 0;
          const all = gaps.map((gap) => message((n += gap)));
          const { api } = serverOf(all, pageMax);
          const from = start % all.length;
          const held = all.slice(Math.max(0, from - 3), from + 1);
          const now = NOON + n + 1_000;
          for (let round = 0; round < all.length + 2; round += 1) {
            const answer = await fetchNewer({ api, place }, held, now);
            if (answer._tag === 'Left') throw new Error('The sample server never fails.');
            held.push(...answer.right.messages.toReversed());
            if (answer.right.reachedPresent) break;
          }
          expect(held.slice(-(all.length - from))).toEqual(all.slice(from));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('after a lost connection', () => {
  const all = Array.from({ length: 2_000 }, (_, n) => message(n));

  it('asks back to the newest message it has', async () => {
    const { api, requests } = serverOf(all);
    const answer = await fetchMissed({ api, place }, message(1_750).message_id);
    expect(answer._tag === 'Right' && answer.right.joined).toBe(true);
    expect(requests()).toBe(3);
  });

  it('gives up on joining when too much was missed', async () => {
    const { api, requests } = serverOf(all);
    const answer = await fetchMissed({ api, place }, message(10).message_id);
    expect(answer._tag === 'Right' && answer.right.joined).toBe(false);
    expect(requests()).toBe(10);
  });
});
