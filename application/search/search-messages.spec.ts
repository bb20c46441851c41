// However slow the index is, a search has had its answer when its time is up; by a clock that only moves as told.
import { left, right } from 'fp-ts/lib/Either.js';
import fc from 'fast-check';
import { channelNo, guildNo, userNo } from '../../domain/shared/testing/samples.ts';
import { NO_PERMISSIONS } from '../../domain/permission/permissions.ts';
import { type Resolved } from '../../domain/permission/resolve.ts';
import { type Position } from '../event-store/event-log.ts';
import { type SearchFailure } from './search-index.ts';
import { createSearchMessages, type SearchMessagesPorts } from './search-messages.ts';

const TIME_MS = 200;
const position = '00000000000000000007' as Position;
const request = { by: userNo(1), guildId: guildNo(1), q: 'word', limit: 10, channelId: undefined };
const resolved: Resolved = {
  role: 'member',
  permissions: NO_PERMISSIONS,
  highestPosition: 0,
  isTimedOut: false,
};
const access: SearchMessagesPorts['access'] = {
  guild: () => Promise.resolve(null),
  requireInGuild: () => Promise.resolve(right(resolved)),
  visibleChannels: () => Promise.resolve(right([channelNo(1)])),
};

/** An index that lags and answers as late as this, or as late as it may. */
const search = async (lagMs: number, answerMs: number, failure?: SearchFailure) => {
  let now = 1_000;
  const spend = (ms: number, atMost: number): boolean => {
    now += Math.min(ms, atMost);
    return ms <= atMost;
  };
  const answer = await createSearchMessages({
    access,
    progress: { waitFor: (_, timeoutMs) => Promise.resolve(spend(lagMs, timeoutMs)) },
    readPosition: { current: () => position },
    index: {
      search: ({ timeoutMs }) => {
        const inTime = spend(answerMs, timeoutMs);
        if (failure !== undefined || !inTime)
          return Promise.resolve(left(failure ?? 'Unavailable'));
        return Promise.resolve(right({ messageIds: [], partial: false, position }));
      },
    },
    messages: { byIds: () => Promise.resolve([]) },
    now: () => now,
    limits: { searchQueryBytesMax: 256, searchResultsMax: 50, searchTimeoutMs: TIME_MS },
  })(request);
  return { answer, tookMs: now - 1_000 };
};

it('answers within its time whatever the index does', () =>
  fc.assert(
    fc.asyncProperty(fc.nat(10_000), fc.nat(10_000), async (lagMs, answerMs) => {
      const { answer, tookMs } = await search(lagMs, answerMs);
      expect(tookMs).toBeLessThanOrEqual(TIME_MS);
      const left = TIME_MS - Math.min(lagMs, TIME_MS / 2);
      expect(answer._tag).toBe(answerMs <= left ? 'Right' : 'Left');
    }),
  ));

it('waits at most half of its time for an index that lags, then takes what there is', async () => {
  const { answer, tookMs } = await search(10_000, 10);
  expect(tookMs).toBe(TIME_MS / 2 + 10);
  expect(answer).toEqual(right({ message_ids: [], messages: [], complete_to: position }));
});

it('says when to ask again where the index is away, and at once', async () => {
  const { answer, tookMs } = await search(0, 0, 'Unavailable');
  expect(answer).toEqual(left({ type: 'SearchUnavailable', retryAfterSecs: 1 }));
  expect(tookMs).toBe(0);
});
