import { isRight } from 'fp-ts/lib/Either.js';
import { ServerFrame } from '../../application/contract/gateway-frames.ts';
import { PENDING_COMMANDS_MAX } from './commands.ts';
import { createFakeAccess } from './testing/fake-access.ts';
import { echoMessage, events, tokenFor } from './testing/harness.ts';
import { channelId, guildId, sessionId, userId } from './testing/samples.ts';

import { createGatewayStage, turn, typesOf, where } from './testing/gateway-stage.ts';

const stage = createGatewayStage();
const { open } = stage;
afterEach(stage.close);

describe('a new connection', () => {
  it('is greeted with ready and a ping', async () => {
    const { connect } = await open([1]);
    const client = await connect(1);
    expect(client.texts).toEqual([`{"v":1,"t":"ready","d":{"user_id":"${userId(1)}"}}`]);
    expect(client.pings()).toBe(1);
  });

  it.each([
    ['no token', {}],
    ['a wrong token', { query: 'access_token=nonsense' }],
    ['a wrong scheme', { authorization: `bearer ${tokenFor(1)}` }],
    [
      'a bad query token though the header is good',
      {
        query: 'access_token=x',
        authorization: `Bearer ${tokenFor(1)}`,
      },
    ],
  ])('is refused with %s', async (_, request) => {
    const { transport, counts } = await open([1]);
    expect(await transport.connect(request)).toBe('401 Unauthorized');
    expect(counts['auth_failure unauthorized']).toBe(1);
  });

  it('may bring its token in the header', async () => {
    const { transport } = await open([1]);
    expect(typeof (await transport.connect({ authorization: `Bearer ${tokenFor(1)}` }))).toBe(
      'object',
    );
  });

  it('is refused from an origin that is not allowed', async () => {
    const { transport } = await open([1], { allowsOrigin: (origin) => origin === 'https://good' });
    const query = `access_token=${tokenFor(1)}`;
    expect(await transport.connect({ query, origin: 'https://evil' })).toBe('403 Forbidden');
    expect(typeof (await transport.connect({ query, origin: 'https://good' }))).toBe('object');
  });

  it('is refused past the cap of its user, until one leaves', async () => {
    const { connect } = await open([1], { limits: { gatewayConnectionsPerUserMax: 2 } });
    const first = await connect(1);
    await connect(1);
    await expect(connect(1)).rejects.toThrow('429');
    await connect(2);
    first.hangUp();
    await connect(1);
  });

  it('is refused past the cap of its address, and a refusal keeps no place', async () => {
    const { connect, transport } = await open([1], {
      limits: { gatewayConnectionsPerAddressMax: 2 },
    });
    for (let tries = 0; tries < 5; tries += 1) await transport.connect({});
    await connect(1);
    const second = await connect(2);
    await expect(connect(3)).rejects.toThrow('429');
    const query = `access_token=${tokenFor(3)}`;
    expect(typeof (await transport.connect({ query, peerAddress: '192.0.2.2' }))).toBe('object');
    second.hangUp();
    await connect(3);
  });

  it('is refused when its session is over, whatever the token says', async () => {
    const { connect, sessions } = await open([1]);
    await connect(1);
    sessions.change(sessionId(1), { revoked: true });
    await expect(connect(1)).rejects.toThrow('401');
  });
});

describe('subscribe', () => {
  it('answers in the order of the contract', async () => {
    const { connect, subscribe } = await open([1]);
    const client = await connect(1);
    await subscribe(client, 1);
    expect(typesOf(client)).toEqual([
      'ready',
      'presence_sync',
      'presence_update',
      'subscribed',
      'voice_participant_sync',
    ]);
    for (const frame of client.frames) expect(isRight(ServerFrame.decode(frame))).toBe(true);
    await subscribe(client, 1);
    expect(typesOf(client).slice(5)).toEqual([
      'presence_sync',
      'subscribed',
      'voice_participant_sync',
    ]);
  });

  it.each([
    ['an outsider', 2, where(1)],
    ['an unknown channel', 1, { ...where(1), channel_id: channelId(9) }],
    ['a channel of another guild', 1, { ...where(1), guild_id: guildId(2) }],
  ])('ignores %s in silence', async (_, user, d) => {
    const { connect, happen } = await open([1]);
    const client = await connect(user);
    client.send('subscribe', d);
    await turn();
    await happen(events.posted(1, 1, 'secret'));
    expect(typesOf(client)).toEqual(['ready']);
    expect(client.ended()).toBeNull();
  });

  it('stops at the cap of subscriptions', async () => {
    const { connect, subscribe } = await open([1], {
      limits: { gatewaySubscriptionsPerConnectionMax: 1 },
    });
    const client = await connect(1);
    await subscribe(client, 1);
    await subscribe(client, 2);
    await subscribe(client, 1);
    expect(typesOf(client).filter((t) => t === 'subscribed')).toHaveLength(2);
  });

  it('caps presence_sync', async () => {
    const { listener, connect, subscribe } = await open([1, 2, 3], {
      limits: { presenceSyncUsersMax: 2 },
    });
    await listener(1);
    await listener(2);
    const third = await connect(3);
    await subscribe(third, 1);
    const ids = third.frames.find(({ t }) => t === 'presence_sync')?.d['user_ids'];
    expect(ids).toHaveLength(2);
    expect(ids).toContain(userId(3));
  });

  it('sees a revocation that comes while the permission is loaded', async () => {
    let cached = true;
    const access = createFakeAccess({ isCached: () => cached });
    let released = () => {};
    const slow: typeof access = {
      ...access,
      inChannel: async (...asked) => {
        const answer = await access.inChannel(...asked);
        await new Promise<void>((resolve) => {
          released = resolve;
        });
        return answer;
      },
    };
    const { connect, happen } = await open([1], { access: slow });
    const client = await connect(1);
    cached = false;
    client.send('subscribe', where(1));
    await turn();
    cached = true;
    await happen(events.kicked(1));
    released();
    await turn();
    expect(typesOf(client)).toEqual(['ready']);
  });
});

describe('presence', () => {
  it('tells the guild of the first socket and of the last', async () => {
    const { listener, connect, subscribe } = await open([1, 2]);
    const watcher = await listener(1);
    const first = await listener(2);
    const second = await connect(2);
    await subscribe(second, 2);
    first.hangUp();
    second.hangUp();
    expect(watcher.frames).toEqual(
      ['online', 'offline'].map((status) => ({
        v: 1,
        t: 'presence_update',
        d: { guild_id: guildId(1), user_id: userId(2), status },
      })),
    );
  });
});

describe('message_create', () => {
  const draft = (content: string, nonce?: string) => ({ ...where(1), content, nonce });

  it('posts in order, one after the other, with the nonce as idempotency key', async () => {
    const posted: (string | null)[] = [];
    let running = 0;
    const { connect } = await open([1], {
      postMessage: async (request) => {
        running += 1;
        expect(running).toBe(1);
        await turn();
        running -= 1;
        posted.push(request.idempotencyKey);
        return { _tag: 'Right', right: { answer: echoMessage(request), position: null } };
      },
    });
    const client = await connect(1);
    for (const nonce of ['a', 'b', 'c']) client.send('message_create', draft('hi', nonce));
    while (posted.length < 3) await turn();
    await turn();
    expect(posted).toEqual(['a', 'b', 'c']);
    expect(client.frames.slice(1).map(({ t, d }) => [t, d['nonce']])).toEqual([
      ['command_done', 'a'],
      ['command_done', 'b'],
      ['command_done', 'c'],
    ]);
  });

  it('disconnects when it fails without a nonce', async () => {
    const { connect, counts } = await open([1]);
    const client = await connect(1);
    client.send('message_create', draft('refusing'));
    await turn();
    expect(client.ended()).toEqual({ code: 1006, reason: '' });
    expect(counts['disconnect message_rejected']).toBe(1);
  });

  it('says so when it fails with a nonce', async () => {
    const { connect } = await open([1]);
    const client = await connect(1);
    client.send('message_create', draft('refusing', 'n1'));
    await turn();
    expect(client.frames[1]).toEqual({
      v: 1,
      t: 'command_failed',
      d: { error: 'forbidden', nonce: 'n1' },
    });
    expect(client.ended()).toBeNull();
  });

  it('bounds what waits', async () => {
    const { connect, counts } = await open([1], {
      postMessage: () => new Promise(() => {}),
      limits: { gatewayIngressEventsMax: 1_000 },
    });
    const client = await connect(1);
    for (let index = 0; index < PENDING_COMMANDS_MAX; index += 1)
      client.send('message_create', draft('x', `n${index}`));
    expect(client.frames).toHaveLength(1);
    client.send('message_create', draft('x', 'late'));
    expect(client.frames[1]?.d).toEqual({ error: 'rate_limited', nonce: 'late' });
    client.send('message_create', draft('x'));
    expect(counts['disconnect ingress_rate_limited']).toBe(1);
  });
});

describe('closing', () => {
  it('lets running commands finish, then tells everyone', async () => {
    let finish = () => {};
    const { connect, gateway, transport } = await open([1, 2], {
      postMessage: (request) =>
        new Promise((resolve) => {
          const answer = { answer: echoMessage(request), position: null };
          finish = () => resolve({ _tag: 'Right', right: answer });
        }),
    });
    const client = await connect(1);
    const idle = await connect(2);
    client.send('message_create', { ...where(1), content: 'last words', nonce: 'n' });
    await turn();
    const closed = gateway.close(10_000);
    await expect(transport.connect({})).rejects.toThrow('not listening');
    expect(idle.ended()).toBeNull();
    finish();
    await closed;
    expect(typesOf(client)).toEqual(['ready', 'command_done']);
    for (const { ended } of [client, idle])
      expect(ended()).toEqual({ code: 1012, reason: 'server_restart' });
    expect(gateway.connectionCount()).toBe(0);
  });

  it('tells nobody that everybody else went offline', async () => {
    const { listener, gateway } = await open([1, 2]);
    const last = [await listener(1), await listener(2)];
    for (const { frames } of last) frames.length = 0;
    await gateway.close(0);
    expect(last.flatMap(({ frames }) => frames)).toEqual([]);
  });
});
