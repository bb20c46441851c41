// The route over real guilds and permissions; the index is replaced by one that finds everything, as a broken one might.
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { type Message } from '../../application/contract/answers.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { type SearchFailure, type SearchRequest } from '../../application/search/search-index.ts';
import { createSearchMessages } from '../../application/search/search-messages.ts';
import { type ChannelId, type MessageId, type SessionId } from '../../domain/shared/ids.ts';
import { channelNo, messageNo } from '../../domain/shared/testing/samples.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
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
const EMPTY = { status: 200, body: { message_ids: [], messages: [] } };

let world: GuildWorld;
let place: Settled;
let hidden: ChannelId;
let server: RunningServer;
let asked: SearchRequest[];
let waited: Position[];
let failure: SearchFailure | null;

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
  await world.setOverride({
    by: personNo(1),
    guildId: place.guild,
    channelId: hidden,
    target: { kind: 'member', userId: personNo(MEMBER) },
    allow: [],
    deny: ['create_message'],
    context: world.context,
  });
  for (const channel of [place.channel, hidden])
    for (const content of ['one', 'two'])
      await world.call(1, 'POST', `/guilds/${place.guild}/channels/${channel}/messages`, {
        content,
      });
  const searchMessages = createSearchMessages({
    access: world.access,
    limits: defaultLimits(),
    readPosition: { current: () => at(7) },
    progress: {
      waitFor: (position) => {
        waited.push(position);
        return Promise.resolve(false);
      },
    },
    index: {
      search: async (request): Promise<Either<SearchFailure, never>> => {
        asked.push(request);
        if (failure !== null) return left(failure);
        const ids = (await everything()).map(({ message_id }) => message_id);
        return right({
          messageIds: [stale, ...ids],
          partial: false,
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
  server = await runServer({
    routes: searchRoutes({ searchMessages }),
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
beforeEach(() => {
  asked = [];
  waited = [];
  failure = null;
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
      body: { message_ids: messages.map(({ message_id }) => message_id), messages },
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
    expect(await search(1, '?q=one')).toEqual({ status: 503, body: { error: 'unavailable' } });
  });

  it('refuses banned people at once', async () => {
    expect(await search(MEMBER, '?q=one')).toMatchObject({ status: 200 });
    await world.moderate({
      by: personNo(1),
      measure: 'Ban',
      guildId: place.guild,
      userId: personNo(MEMBER),
      context: world.context,
    });
    expect(await search(MEMBER, '?q=one')).toEqual(FORBIDDEN);
  });
});
