// Who was away comes back to another process of the same installation and finds exactly what a fresh look shows.
import { type MessageId } from '../../domain/shared/ids.ts';
import { type ApiClient } from '../api-client/api-client.ts';
import { connectWs, type WsClient } from '../gateway/testing/ws-client.ts';
import { clientOf, gatewayUrl, type Person, type Place, settle, signIn, signUp } from './people.ts';
import { createTestSite, GENEROUS } from './test-site.ts';

jest.setTimeout(180_000);

const ROUNDS = 8;
const CHANGES = 25;

const site = createTestSite('resume');
afterAll(site.cleanUp);

type Stored = { readonly content: string; readonly reactions: Readonly<Record<string, number>> };

/** A small generator, so that a failing run can be had again. */
const numbersFrom = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
};

const open = async (api: ApiClient, { token }: Person, places: string): Promise<WsClient> => {
  const client = await connectWs(`${await gatewayUrl(api)}?access_token=${token}&places=${places}`);
  site.onCleanUp(() => client.socket.terminate());
  await client.frame('ready');
  return client;
};

const createStore = () => {
  const messages = new Map<MessageId, Stored>();
  let place = '';
  const twice: string[] = [];
  return {
    messages,
    twice,
    place: () => place,
    startAt: (position: unknown) => {
      place = String(position);
    },
    apply: ({ frames }: WsClient) => {
      for (const { t, d, s } of frames.splice(0)) {
        if (s !== undefined && s <= place) twice.push(s);
        if (s !== undefined) place = s;
        const id = d['message_id'] as MessageId;
        const found = messages.get(id);
        if (t === 'message_create') {
          const lines = d['reactions'] as { emoji: string; count: number }[];
          const reactions = Object.fromEntries(lines.map(({ emoji, count }) => [emoji, count]));
          messages.set(id, { content: String(d['content']), reactions });
        } else if (t === 'message_delete') messages.delete(id);
        else if (t === 'resumed') place = String(d['position']);
        else if (t === 'message_update' && found) {
          const { content } = d['updated_fields'] as { content: string };
          messages.set(id, { ...found, content });
        } else if (t === 'message_reaction' && found) {
          const others = Object.entries(found.reactions).filter(([emoji]) => emoji !== d['emoji']);
          const line = [String(d['emoji']), Number(d['count'])] as const;
          const all = line[1] === 0 ? others : [...others, line];
          messages.set(id, { ...found, reactions: Object.fromEntries(all) });
        }
      }
    },
  };
};

const snapshot = async (api: ApiClient, { token }: Person, { guildId, channelId }: Place) => {
  const found = new Map<MessageId, Stored>();
  const minPosition = api.written();
  let before: MessageId | null = null;
  do {
    const page: Awaited<ReturnType<ApiClient['history']>> = await api.history(
      token,
      guildId,
      channelId,
      { limit: 100, before, minPosition },
    );
    for (const { message_id: id, content, reactions } of page.messages)
      found.set(id, {
        content,
        reactions: Object.fromEntries(reactions.map(({ emoji, count }) => [emoji, count])),
      });
    before = page.next_before;
  } while (before !== null);
  return found;
};

const plain = (messages: ReadonlyMap<MessageId, Stored>) =>
  [...messages]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { content, reactions }]) => [id, content, Object.entries(reactions).sort()]);

it('comes back exact over drops, a killed server and another process', async () => {
  const next = numbersFrom(7);
  const dataDirectory = site.newDataDirectory();
  let server = await site.start(dataDirectory, GENEROUS);
  let api = clientOf(site, server);
  let alice = await signUp(api, 'alice');
  let bob = await signUp(api, 'bob');
  const where = await settle(api, alice);
  await api.joinGuild(bob.token, where.guildId);
  const { guildId, channelId } = where;

  const store = createStore();
  let client = await open(api, bob, '1');
  const ready = await client.frame('ready');
  const installation = ready.d['installation_id'];
  store.startAt(ready.d['position']);
  client.send('subscribe', { guild_id: guildId, channel_id: channelId });
  await client.frame('subscribed');

  let posted = 0;
  const ids: MessageId[] = [];
  const change = async (
    method: 'PATCH' | 'DELETE' | 'POST',
    id: MessageId,
    rest: string,
    body?: object,
  ) => {
    const path = `/guilds/${guildId}/channels/${channelId}/messages/${id}${rest}`;
    const { status } = await api.request(method, path, { token: alice.token, body });
    expect(status).toBeLessThan(300);
  };
  const changeSomething = async () => {
    const id = ids[next(Math.max(1, ids.length))];
    const what = next(10);
    if (id === undefined || what < 5) {
      posted += 1;
      ids.push((await api.post(alice.token, guildId, channelId, `post ${posted}`)).message_id);
    } else if (what < 7) await change('PATCH', id, '', { content: `edit ${next(1_000)}` });
    else if (what < 8) {
      ids.splice(ids.indexOf(id), 1);
      await change('DELETE', id, '');
    } else
      await change('POST', id, `/reactions/${encodeURIComponent(next(2) === 0 ? '👍' : '🎉')}`);
  };

  for (let round = 0; round < ROUNDS; round += 1) {
    for (let n = 0; n < CHANGES; n += 1) await changeSomething();
    store.apply(client); // Whatever came until now; the rest is lost with the connection.
    client.socket.terminate();
    await client.closed;
    for (let n = 0; n < CHANGES; n += 1) await changeSomething();
    if (round % 4 === 3) {
      if (round % 8 === 3) await server.kill();
      else await server.stop();
      server = await site.start(dataDirectory, GENEROUS);
      api = clientOf(site, server);
      alice = await signIn(api, alice.name, alice.password);
      bob = await signIn(api, bob.name, bob.password);
      await changeSomething();
    }
    client = await open(api, bob, 'resume');
    client.send('resume', {
      installation_id: installation,
      position: store.place(),
      subscriptions: [{ guild_id: guildId, channel_ids: [channelId] }],
    });
    await changeSomething();
    await client.frame('resumed');
  }
  const { message_id: last } = await api.post(alice.token, guildId, channelId, 'the last');
  await client.until(() => client.frames.some(({ d }) => d['message_id'] === last));
  store.apply(client);
  expect(store.twice).toEqual([]);
  expect(plain(store.messages)).toEqual(plain(await snapshot(api, bob, where)));

  const stranger = await open(api, bob, 'resume');
  stranger.send('resume', {
    installation_id: 'elsewhere',
    position: store.place(),
    subscriptions: [],
  });
  expect((await stranger.frame('resume_refused')).d['reason']).toBe('unknown_installation');

  const away = await open(api, bob, 'resume');
  away.send('resume', {
    installation_id: installation,
    position: ready.d['position'],
    subscriptions: [],
    missed: 'summary',
  });
  await away.frame('resumed');
  expect((await away.frame('missed_summary')).d['channels']).toEqual([
    expect.objectContaining({ channel_id: channelId, last_message_id: last }),
  ]);
});
