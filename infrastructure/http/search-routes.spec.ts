// The route over real guilds and permissions; the index is replaced by one that finds everything, as a broken one might.
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { type Message } from '../../application/contract/answers.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import {
  createRebuildSearch,
  createReconcileSearch,
  type Reconciled,
  type ReconcileFailure,
} from '../../application/search/maintain-search.ts';
import { type SearchFailure, type SearchRequest } from '../../application/search/search-index.ts';
import { createSearchMessages } from '../../application/search/search-messages.ts';
import {
  type ChannelId,
  type GuildId,
  type MessageId,
  type SessionId,
  type UserId,
} from '../../domain/shared/ids.ts';
import { channelNo, messageNo } from '../../domain/shared/testing/samples.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { createRateLimiter } from './rate-limiter.ts';
import { searchRoutes } from './search-routes.ts';
import {
  createGuildWorld,
  field,
  personNo,
  settle,
  type Answer,
  type GuildWorld,
  type Settled,
} from './testing/guild-world.ts';
import { at, defaultLimits, runServer, type RunningServer } from './testing/running-server.ts';

const MEMBER = 2;
const OUTSIDER = 3;
const INVALID = { status: 400, body: { error: 'invalid_request' } };
const FORBIDDEN = { status: 403, body: { error: 'forbidden' } };
const NOT_FOUND = { status: 404, body: { error: 'not_found' } };
const EMPTY = { status: 200, body: { message_ids: [], messages: [], complete_to: at(7) } };

let world: GuildWorld;
let place: Settled;
let hidden: ChannelId;
let server: RunningServer;
let asked: SearchRequest[];
let waited: Position[];
let failure: SearchFailure | null;
let partial: boolean;
let timesLeft: number[];
let clock: number;
let rebuilds: { readonly begun: UserId[]; running: boolean };
let reconciled: { guilds: GuildId[]; outcome: Either<ReconcileFailure, Reconciled> };

const history = async (channel: string): Promise<readonly Message[]> =>
  field(
    await world.call(1, 'GET', `/guilds/${place.guild}/channels/${channel}/messages?limit=100`),
    'messages',
  ) as readonly Message[];

/** Every message of the guild, as the read model has it. */
const everything = async () => [...(await history(place.channel)), ...(await history(hidden))];

const stale = messageNo(404); // Deleted since, as far as the read model knows

beforeAll(async () => {
  world = await createGuildWorld();
  place = await settle(world);
  hidden = field(
    await world.call(1, 'POST', `/guilds/${place.guild}/channels`, { name: 'hidden' }),
    'channel_id',
  ) as ChannelId;
  await world.call(
    1,
    'POST',
    `/guilds/${place.guild}/channels/${hidden}/permission-overrides/member/${personNo(MEMBER)}`,
    { allow: [], deny: ['create_message'] },
  );
  for (const channel of [place.channel, hidden])
    for (const content of ['one', 'two'])
      await world.call(1, 'POST', `/guilds/${place.guild}/channels/${channel}/messages`, {
        content,
      });
  const searchMessages = createSearchMessages({
    access: world.access,
    limits: defaultLimits(),
    readPosition: { current: () => at(7) },
    now: () => clock,
    progress: {
      waitFor: (position, timeoutMs) => {
        waited.push(position);
        clock += timeoutMs; // It lags.
        return Promise.resolve(false);
      },
    },
    index: {
      search: async (request): Promise<Either<SearchFailure, never>> => {
        asked.push(request);
        timesLeft.push(request.timeoutMs);
        if (failure !== null) return left(failure);
        const ids = (await everything()).map(({ message_id }) => message_id);
        return right({
          messageIds: [stale, ...ids],
          partial,
          position: at(7),
        }) as Either<SearchFailure, never>;
      },
    },
    messages: {
      byIds: async ({ channelIds, messageIds }) => {
        const all = await everything();
        return messageIds.flatMap((id: MessageId) =>
          all.filter(
            ({ message_id, channel_id }) => message_id === id && channelIds.includes(channel_id),
          ),
        );
      },
    },
  });
  const maintain = {
    access: world.access,
    limits: defaultLimits(),
    now: () => clock,
    reconciles: createRateLimiter({ perMinute: 2, now: () => clock }),
    upkeep: {
      beginRebuild: (by: UserId) => void rebuilds.begun.push(by),
      isRebuilding: () => rebuilds.running,
      reconcile: (guildId: GuildId) => {
        reconciled.guilds.push(guildId);
        return Promise.resolve(reconciled.outcome);
      },
    },
  };
  server = await runServer({
    routes: searchRoutes({
      searchMessages,
      rebuildSearch: createRebuildSearch(maintain),
      reconcileSearch: createReconcileSearch(maintain),
    }),
    authenticate: (token) =>
      Promise.resolve(
        right({
          userId: personNo(Number(token)),
          sessionId: '01J0000000000000000000SESS' as SessionId,
          username: token,
          expiresAt: 4_000_000_000_000 as Timestamp,
        }),
      ),
  });
});
beforeAll(() => {
  clock = 0;
});
beforeEach(() => {
  asked = [];
  waited = [];
  timesLeft = [];
  failure = null;
  partial = false;
  clock += 3_600_000;
  rebuilds = { begun: [], running: false };
  reconciled = { guilds: [], outcome: right({ upserted: 3, deleted: 2, remaining: 0 }) };
});
afterAll(async () => {
  await server.close();
  await world.close();
});

const search = async (
  by: number | null,
  query: string,
  guild = String(place.guild),
): Promise<Answer> => {
  const response = await server.fetch(`/guilds/${guild}/search${query}`, {
    headers: by === null ? {} : { authorization: `Bearer ${by}` },
  });
  return { status: response.status, body: await response.json() };
};
const channelsOf = (answer: Answer) =>
  new Set((field(answer, 'messages') as readonly Message[]).map(({ channel_id }) => channel_id));

describe('searching a guild', () => {
  it('answers the messages and their ids, in the order of the index', async () => {
    const answer = await search(1, '?q=one');
    const messages = await everything();
    expect(answer).toEqual({
      status: 200,
      body: {
        message_ids: messages.map(({ message_id }) => message_id),
        ...{ messages, complete_to: at(7) },
      },
    });
    expect(waited).toEqual([at(7)]);
  });

  it('answers nothing of a channel that is hidden from who asks, whatever the index finds', async () => {
    const answer = await search(MEMBER, '?q=one');
    expect(channelsOf(answer)).toEqual(new Set([place.channel]));
    expect(field(answer, 'message_ids')).toHaveLength(2);
    expect(asked.map(({ channelIds }) => channelIds)).toEqual([[place.channel]]);
  });

  it('asks for one channel only when told so', async () => {
    const answer = await search(1, `?q=one&channel_id=${hidden}&limit=5`);
    expect(channelsOf(answer)).toEqual(new Set([hidden]));
    expect(asked).toMatchObject([{ channelIds: [hidden], limit: 5, guildId: place.guild }]);
  });

  it('refuses whoever may not', async () => {
    expect(await search(null, '?q=one')).toMatchObject({ status: 401 });
    expect(await search(OUTSIDER, '?q=one')).toEqual(FORBIDDEN);
    expect(await search(MEMBER, `?q=one&channel_id=${hidden}`)).toEqual(FORBIDDEN);
    expect(await search(1, `?q=one&channel_id=${channelNo(9)}`)).toEqual(NOT_FOUND);
    expect(await search(1, '?q=one&channel_id=nonsense')).toEqual(NOT_FOUND);
    expect(await search(1, '?q=one', '01J00000000000000000000N0W')).toEqual(NOT_FOUND);
    expect(await search(1, '?q=one', 'nonsense')).toEqual(NOT_FOUND);
    expect(asked).toEqual([]);
  });

  it.each([
    ...['', '?q=', '?q=%20', '?q=a:b', '?q=-a', '?q=(a', '?q=a&limit=0', '?q=a&limit=51'],
    ...['?q=a&limit=x', '?q=a&q=b', `?q=${'a'.repeat(257)}`, '?q=%00a'],
  ])('refuses %j', async (query) => {
    expect(await search(1, query)).toEqual(INVALID);
    expect(asked).toEqual([]);
  });

  it('takes 256 bytes, and limits from 1 to 50', async () => {
    const longest = `${`${'a'.repeat(40)} `.repeat(6)}${'a'.repeat(10)}`;
    expect(longest).toHaveLength(256);
    await search(1, `?q=${encodeURIComponent(longest)}`);
    await search(1, '?q=a&limit=1');
    await search(1, '?q=a&limit=50');
    expect(asked.map(({ limit }) => limit)).toEqual([20, 1, 50]);
  });

  it('finds nothing with marks only', async () => {
    expect(await search(1, '?q=!!!')).toEqual(EMPTY);
    expect(asked).toEqual([]);
  });

  it('tells a search that took too long from an index that is not there', async () => {
    failure = 'TooSlow';
    expect(await search(1, '?q=one')).toEqual(INVALID);
    failure = 'Unavailable';
    expect(await search(1, '?q=one')).toEqual({
      status: 503,
      body: { error: 'search_unavailable' },
    });
  });

  it('says when there may be more', async () => {
    partial = true;
    expect(await search(1, '?q=one')).toMatchObject({ status: 200, body: { partial: true } });
  });

  it('waits for an index that lags half of its time, and has the rest for the search', async () => {
    await search(1, '?q=one');
    expect(timesLeft).toEqual([defaultLimits().searchTimeoutMs / 2]);
  });

  it('refuses banned people at once', async () => {
    expect(await search(MEMBER, '?q=one')).toMatchObject({ status: 200 });
    await world.call(1, 'POST', `/guilds/${place.guild}/members/${personNo(MEMBER)}/ban`);
    expect(await search(MEMBER, '?q=one')).toEqual(FORBIDDEN);
  });
});

describe('the upkeep of the index', () => {
  const post = async (by: number | null, path: string, guild = String(place.guild)) => {
    const response = await server.fetch(`/guilds/${guild}/search/${path}`, {
      method: 'POST',
      headers: by === null ? {} : { authorization: `Bearer ${by}` },
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? null : (JSON.parse(text) as unknown),
      retryAfter: response.headers.get('retry-after'),
    };
  };
  const seconds = defaultLimits().searchRebuildIntervalSecs;

  it.each(['rebuild', 'reconcile'])('%s is refused to whoever may not', async (path) => {
    expect(await post(null, path)).toMatchObject({ status: 401 });
    expect(await post(MEMBER, path)).toMatchObject(FORBIDDEN);
    expect(await post(OUTSIDER, path)).toMatchObject(FORBIDDEN);
    expect(await post(1, path, '01J00000000000000000000N0W')).toMatchObject(NOT_FOUND);
    expect([rebuilds.begun, reconciled.guilds]).toEqual([[], []]);
  });

  it('rebuilds in the background, and rests before it does so again', async () => {
    expect(await post(1, 'rebuild')).toMatchObject({ status: 204, body: null });
    expect(rebuilds.begun).toEqual([personNo(1)]);
    expect(await post(1, 'rebuild')).toMatchObject({
      ...{ status: 429, body: { error: 'rate_limited' }, retryAfter: String(seconds) },
    });
    clock += seconds * 1000 - 1;
    expect(await post(1, 'rebuild')).toMatchObject({ status: 429, retryAfter: '1' });
    clock += 1;
    expect(await post(1, 'rebuild')).toMatchObject({ status: 204 });
    expect(rebuilds.begun).toHaveLength(2);
  });

  it('answers those who ask for what is being done, and does it once', async () => {
    rebuilds.running = true;
    expect(await post(1, 'rebuild')).toMatchObject({ status: 204 });
    expect(rebuilds.begun).toEqual([]);
  });

  it('says what reconciling changed, and is limited in how often', async () => {
    expect(await post(1, 'reconcile')).toMatchObject({
      ...{ status: 200, body: { upserted: 3, deleted: 2, remaining: 0 } },
    });
    expect(reconciled.guilds).toEqual([place.guild]);
    expect(await post(1, 'reconcile')).toMatchObject({ status: 200 });
    expect(await post(1, 'reconcile')).toMatchObject({ status: 429, retryAfter: '60' });
  });

  it('refuses a guild with too many documents, and says when the index is away', async () => {
    reconciled.outcome = left('TooMany');
    expect(await post(1, 'reconcile')).toMatchObject(INVALID);
    reconciled.outcome = left('Unavailable');
    expect(await post(1, 'reconcile')).toMatchObject({
      ...{ status: 503, body: { error: 'search_unavailable' }, retryAfter: '5' },
    });
  });
});
