import { setTimeout as delay } from 'node:timers/promises';
import { createSharedPresence } from '../../application/presence/shared-presence.ts';
import { type GuildId } from '../../domain/shared/ids.ts';
import { guildNo, userNo } from '../../domain/shared/testing/samples.ts';
import { type Connection } from './connection.ts';
import { createTellPresence, TOLD_PER_SLICE } from './presence-elsewhere.ts';
import { createGatewayStage, turn, typesOf } from './testing/gateway-stage.ts';
import { events } from './testing/harness.ts';
import { guildId, userId } from './testing/samples.ts';

const stage = createGatewayStage();
afterEach(stage.close);

const pair = (user: number, guild = 1) => ({ guildId: guildId(guild), userId: userId(user) });
const update = (user: number, status: string) => ({
  ...{ v: 1, t: 'presence_update' },
  d: { guild_id: guildId(1), status, user_id: userId(user) },
});

/** A gateway that hears of a process `b`; it has guild 1. */
const open = async (members: readonly number[]) => {
  const presence = createSharedPresence({
    onOwn: () => {},
    onElsewhere: (who) => opened.gateway.tellPresence(who),
  });
  const opened = await stage.open(members, { presence });
  const hear = async (online: readonly number[], offline: readonly number[] = []) => {
    presence.hear('b', {
      online: online.map((user) => pair(user)),
      offline: offline.map((user) => pair(user)),
    });
    await turn();
    await turn();
  };
  return { ...opened, presence, hear };
};

it('is heard by those subscribed in the guild, and by nobody else', async () => {
  const { connect, listener, happen, hear } = await open([1, 2, 3]);
  const [first, kicked] = [await listener(1), await listener(3)];
  const idle = await connect(2);
  await happen(events.kicked(3));
  const before = kicked.frames.length;
  first.frames.length = 0;
  await hear([4]);
  await hear([], [4]);
  expect(first.frames).toEqual([update(4, 'online'), update(4, 'offline')]);
  expect(typesOf(idle)).toEqual(['ready']);
  expect(kicked.frames).toHaveLength(before);
});

it('has those elsewhere in what a newcomer is told', async () => {
  const { connect, subscribe, hear } = await open([1]);
  await hear([4, 5]);
  const client = await connect(1);
  await subscribe(client, 1);
  const sync = client.frames.find(({ t }) => t === 'presence_sync');
  expect(new Set(sync?.d['user_ids'] as string[])).toEqual(new Set([1, 4, 5].map(userId)));
});

it('says nothing of one who comes here or goes while they are elsewhere too', async () => {
  const { listener, hear } = await open([1, 2]);
  const first = await listener(1);
  await hear([2]);
  const second = await listener(2);
  await hear([], [2]);
  await hear([2]);
  second.hangUp();
  await turn();
  expect(first.frames).toEqual([update(2, 'online')]);
  await hear([], [2]);
  expect(first.frames.slice(1)).toEqual([update(2, 'offline')]);
});

it('says last of one what is so, whatever came in between', async () => {
  const { listener, presence } = await open([1, 2]);
  const first = await listener(1);
  presence.hear('b', { online: [pair(2)], offline: [] });
  presence.forget('b');
  const second = await listener(2);
  presence.hear('b', { online: [pair(2)], offline: [] });
  second.hangUp();
  await turn();
  presence.forget('b');
  await turn();
  await turn();
  expect(first.frames.at(-1)).toEqual(update(2, 'offline'));
});

describe('many at once', () => {
  const openTelling = (options: { readonly untoldMax?: number; readonly subscribed?: GuildId }) => {
    const told: { readonly status: unknown; readonly user_id: unknown }[] = [];
    let settled = 0;
    const slices: number[] = [];
    const hearers = new Set([{} as Connection]);
    const telling = createTellPresence({
      presence: { isOnline: (_, user) => user === userNo(1) },
      audience: {
        inGuild: (guild) => (guild === (options.subscribed ?? guildNo(1)) ? hearers : new Set()),
      },
      outbox: {
        toGuild: (_, { d }) => void told.push(d as (typeof told)[number]),
        settle: () => {
          slices.push(told.length - settled);
          settled = told.length;
        },
      },
      ...(options.untoldMax !== undefined && { untoldMax: options.untoldMax }),
    });
    const tell = (user: number, guild = 1) =>
      telling.tell({ guildId: guildNo(guild), userId: userNo(user) });
    const until = async (count: number) => {
      for (let looks = 0; told.length < count; looks += 1) {
        if (looks > 5_000) throw new Error(`Only ${told.length} were told.`);
        await delay(1);
      }
    };
    return { ...telling, tell, told, slices, until };
  };

  it('are told in slices, each person once', async () => {
    const { tell, told, slices, until } = openTelling({});
    for (let user = 1; user <= TOLD_PER_SLICE * 2 + 1; user += 1) tell(user);
    tell(1);
    await until(TOLD_PER_SLICE * 2 + 1);
    expect(slices).toEqual([TOLD_PER_SLICE, TOLD_PER_SLICE, 1]);
    expect(told.slice(0, 2).map(({ status }) => status)).toEqual(['online', 'offline']);
  });

  it('wait in a number that is bounded, and not at all where nobody listens', async () => {
    const { tell, told, until } = openTelling({ untoldMax: 2 });
    tell(9, 2);
    for (const user of [1, 2, 3, 2]) tell(user);
    await until(2);
    tell(4);
    await until(3);
    expect(told.map(({ user_id: user }) => user)).toEqual([1, 2, 4].map(userNo));
  });
});
