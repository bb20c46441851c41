// The gateway on real sockets, over each of its transports.
import { connect, type Socket as TcpSocket } from 'node:net';
import { left, right } from 'fp-ts/lib/Either.js';
import { type Limits } from '../../application/limits.ts';
import { createUwsTransport, isNativeLoaded } from './transport-uws.ts';
import { createWsTransport } from './transport-ws.ts';
import { createHarness, events, tokenFor } from './testing/harness.ts';
import {
  channelId,
  guildId,
  LIMITS,
  messageId,
  noon,
  sessionId,
  userId,
} from './testing/samples.ts';
import { connectWs, refusedUpgrade, type WsClient } from './testing/ws-client.ts';
import { type GatewayDependencies } from './gateway.ts';
import { type TransportLimits, type WebSocketPort } from './web-socket-port.ts';

type Create = (limits: TransportLimits) => WebSocketPort;
const TRANSPORTS: [string, Create][] = [['ws', createWsTransport]];
if (isNativeLoaded()) TRANSPORTS.push(['uWebSockets.js', createUwsTransport]);

const where = { guild_id: guildId(1), channel_id: channelId(1) };
const logout = (session: number) => ({
  type: 'SessionRevoked' as const,
  data: {
    sessionId: sessionId(session),
    userId: userId(session),
    reason: 'logout' as const,
    at: noon,
  },
});

it('knows whether the native library is there', () => {
  const hasBinary = ['93', '108', '115'].includes(process.versions.modules);
  expect(isNativeLoaded()).toBe(hasBinary);
});

describe.each(TRANSPORTS)('the gateway over %s', (_, createTransport) => {
  let stop: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of stop) await end();
    stop = [];
  });

  const start = async (
    limits: Partial<Limits> = {},
    rest: Omit<Partial<GatewayDependencies>, 'limits'> = {},
  ) => {
    const all = { ...LIMITS, ...limits };
    const port = createTransport({
      payloadBytesMax: all.gatewayFrameBytesMax + 1024,
      backpressureBytesMax: 2 * all.gatewayOutboundBytesMax,
    });
    const harness = createHarness({ port, limits: all, ...rest });
    const { host, port: number } = await harness.gateway.listen('127.0.0.1', 0);
    const base = `${host}:${number}/gateway/ws`;
    await harness.happen(events.channel(1), ...[1, 2, 3].map(events.joined));
    const sockets: (WsClient['socket'] | TcpSocket)[] = [];
    stop.push(async () => {
      for (const socket of sockets)
        if ('terminate' in socket) socket.terminate();
        else socket.destroy();
      await harness.gateway.close(0);
    });
    const open = async (user: number, session = user) => {
      const client = await connectWs(`ws://${base}?access_token=${tokenFor(user, session)}`);
      sockets.push(client.socket);
      await client.frame('ready');
      return client;
    };
    const listen = async (user: number) => {
      const client = await open(user);
      client.send('subscribe', where);
      await client.frame('voice_participant_sync');
      return client;
    };
    return { ...harness, number, base, sockets, open, listen };
  };

  it('takes no port that another gateway has', async () => {
    const { number } = await start();
    const second = createTransport({ payloadBytesMax: 1024, backpressureBytesMax: 1024 });
    const upgrade = () => Promise.reject(new Error('Nobody comes here.'));
    await expect(second.listen({ host: '127.0.0.1', port: number, upgrade })).rejects.toThrow();
    second.stopListening();
  });

  it('refuses strangers before the upgrade', async () => {
    const { base } = await start();
    const answer = await refusedUpgrade(`ws://${base}?access_token=nonsense`);
    expect(answer).toMatchObject({ status: 401, body: '{"error":"invalid_credentials"}' });
    expect(answer.type).toContain('application/json');
    expect(await refusedUpgrade(`ws://${base}`)).toMatchObject({ status: 401 });
    const plain = await fetch(`http://${base}`);
    expect(plain.status).toBe(400);
    expect((await fetch(`http://${base}/else`)).status).toBe(404);
  });

  it('greets, answers subscribe in order, and brings messages and their order', async () => {
    const { listen, happen } = await start();
    const client = await listen(1);
    expect(client.frames.map(({ t }) => t)).toEqual([
      'ready',
      'presence_sync',
      'presence_update',
      'subscribed',
      'voice_participant_sync',
    ]);
    const ids = Array.from({ length: 300 }, (__, index) => index);
    await Promise.all(
      [0, 100, 200].map((from) =>
        happen(...ids.slice(from, from + 100).map((id) => events.posted(id, 1, `text ${id} é`))),
      ),
    );
    await client.until(() => client.frames.length >= 5 + ids.length);
    expect(client.frames.slice(5).map(({ d }) => d['message_id'])).toEqual(ids.map(messageId));
  });

  it('takes the token of the Authorization header', async () => {
    const { base, sockets } = await start();
    const client = await connectWs(`ws://${base}`, {
      headers: { authorization: `Bearer ${tokenFor(2)}` },
    });
    sockets.push(client.socket);
    expect((await client.frame('ready')).d).toEqual({ user_id: userId(2) });
  });

  it('holds at most so many sockets per user, and per address', async () => {
    const { open, base, gateway } = await start({
      gatewayConnectionsPerUserMax: 2,
      gatewayConnectionsPerAddressMax: 3,
    });
    const first = await open(1);
    await open(1);
    const url = (user: number) => `ws://${base}?access_token=${tokenFor(user)}`;
    expect(await refusedUpgrade(url(1))).toMatchObject({ status: 429 });
    await open(2);
    expect(await refusedUpgrade(url(3))).toMatchObject({ status: 429 });
    first.socket.close();
    await first.closed;
    const third = await open(3);
    expect(gateway.connectionCount()).toBe(3);
    third.socket.close();
  });

  it.each([
    ['bad JSON', '{', 'invalid_envelope'],
    ['binary rubbish', Buffer.from([0xff, 0xfe]), 'invalid_envelope'],
    ['an extra key', '{"v":1,"t":"subscribe","d":{},"x":1}', 'invalid_envelope'],
    ['a prototype', '{"v":1,"t":"subscribe","d":{},"__proto__":{}}', 'invalid_envelope'],
    ['version 2', '{"v":2,"t":"subscribe","d":{}}', 'invalid_envelope'],
    ['an unknown type', '{"v":1,"t":"identify","d":{}}', 'unknown_event'],
    ['a bad payload', '{"v":1,"t":"subscribe","d":{}}', 'invalid_subscribe_payload'],
    ['65,537 bytes', 'x'.repeat(65_537), 'event_too_large'],
    ['deep JSON', '['.repeat(65_000), 'invalid_envelope'],
  ])('drops the socket for %s, without a close frame', async (__, frame, reason) => {
    const { open, counts } = await start();
    const client = await open(1);
    const other = await open(2);
    client.socket.send(frame);
    expect((await client.closed).code).toBe(1006);
    expect(counts[`disconnect ${reason}`]).toBe(1);
    other.send('message_create', { ...where, content: 'still there', nonce: 'n' });
    await other.frame('command_done');
  });

  it('drops the socket for far too many bytes before they are all there', async () => {
    const { open, counts } = await start();
    const client = await open(1);
    client.socket.send('x'.repeat(200_000));
    // The transport itself refuses; the one without native code says 1009 before it can be kept from it.
    expect([1006, 1009]).toContain((await client.closed).code);
    expect(counts['disconnect event_too_large']).toBe(1);
  });

  it('takes 65,536 bytes, as binary too', async () => {
    const { open } = await start();
    const client = await open(1);
    const frame = (content: string) =>
      JSON.stringify({ v: 1, t: 'message_create', d: { ...where, content, nonce: 'n' } });
    const text = frame('x'.repeat(65_536 - frame('').length));
    expect(text).toHaveLength(65_536);
    client.socket.send(Buffer.from(text));
    // The answer would be larger than what may go out: it is the plain small one that shows the socket lives.
    client.send('message_create', { ...where, content: 'small', nonce: 'm' });
    expect((await client.frame('command_done')).d['nonce']).toBe('m');
  });

  it('drops the socket at the 61st message in ten seconds', async () => {
    const { open, counts } = await start();
    const client = await open(1);
    for (let index = 0; index < 60; index += 1)
      client.send('message_create', { ...where, content: 'x', nonce: `n${index}` });
    await client.until(() => client.frames.filter(({ t }) => t === 'command_done').length === 60);
    client.send('message_create', { ...where, content: 'x', nonce: 'last' });
    expect((await client.closed).code).toBe(1006);
    expect(counts['disconnect ingress_rate_limited']).toBe(1);
  });

  it('drops who posts without a nonce and fails', async () => {
    const { open, counts } = await start();
    const client = await open(1);
    client.send('message_create', { ...where, content: 'refusing' });
    expect((await client.closed).code).toBe(1006);
    expect(counts['disconnect message_rejected']).toBe(1);
  });

  it('tells the kicked first and nothing after, though all goes out in one turn', async () => {
    const { listen, happen } = await start();
    const watcher = await listen(1);
    const kicked = await listen(2);
    await happen(events.posted(1, 1, 'before'), events.kicked(2), events.posted(2, 1, 'after'));
    await watcher.until(() => watcher.frames.at(-1)?.d['message_id'] === messageId(2));
    // A later command answers after everything that was sent before it.
    kicked.send('message_create', { ...where, content: 'x', nonce: 'n' });
    await kicked.frame('command_done');
    expect(kicked.frames.slice(5).map(({ t }) => t)).toEqual([
      'message_create',
      'workspace_member_remove',
      'command_done',
    ]);
  });

  it('never confirms what is forbidden', async () => {
    const { open, happen } = await start();
    const stranger = await open(9);
    stranger.send('subscribe', where);
    stranger.send('message_create', { ...where, content: 'x', nonce: 'n' });
    await stranger.frame('command_done');
    await happen(events.posted(1, 1, 'secret'));
    stranger.send('message_create', { ...where, content: 'x', nonce: 'm' });
    await stranger.until(() => stranger.frames.length === 3);
    expect(stranger.frames.map(({ t }) => t)).toEqual(['ready', 'command_done', 'command_done']);
  });

  it('ends the sockets of a revoked session within a second', async () => {
    const { open, happen } = await start();
    const revoked = await open(1);
    const other = await open(2);
    const since = performance.now();
    await happen(logout(1));
    expect(await revoked.closed).toEqual({ code: 1008, reason: 'session_ended' });
    expect(performance.now() - since).toBeLessThan(1_000);
    other.send('message_create', { ...where, content: 'x', nonce: 'n' });
    await other.frame('command_done');
  });

  it('tells the others that the last socket of a person is gone', async () => {
    const { listen } = await start();
    const watcher = await listen(1);
    const leaver = await listen(2);
    leaver.socket.terminate();
    await watcher.until(() => watcher.frames.some(({ d }) => d['status'] === 'offline'));
    expect(watcher.frames.at(-1)?.d).toMatchObject({ user_id: userId(2), status: 'offline' });
  });

  it('drops a peer that stopped answering, half-open as it is', async () => {
    const { base, number, sockets, gateway, counts, open } = await start({
      gatewayHeartbeatMs: 100,
    });
    const alive = await open(2);
    const raw = connect(number, '127.0.0.1');
    sockets.push(raw);
    // Shakes hands, then never reads or answers again.
    raw.write(
      `GET /gateway/ws?access_token=${tokenFor(1)} HTTP/1.1\r\nHost: ${base}\r\nUpgrade: websocket\r\n` +
        'Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
    await new Promise((resolve) => raw.once('data', resolve));
    raw.pause();
    await alive.until(() => gateway.connectionCount() === 2 || alive.pings() > 4);
    await alive.until(() => gateway.connectionCount() === 1);
    expect(counts['disconnect connection_closed']).toBe(1);
    expect(alive.socket.readyState).toBe(alive.socket.OPEN);
  });

  it('ends a slow consumer with 1008 and serves the others', async () => {
    const { listen, happen, counts } = await start({ gatewayOutboundBytesMax: 200_000 });
    const slow = await listen(1);
    const quick = await listen(2);
    slow.socket.pause();
    let sent = 0;
    while (counts['disconnect slow_consumer'] === undefined && sent < 2_000) {
      await happen(events.posted(sent, 1, 'x'.repeat(20_000)));
      sent += 1;
      await quick.until(() => quick.frames.at(-1)?.d['message_id'] === messageId(sent - 1));
    }
    expect(counts['disconnect slow_consumer']).toBe(1);
    slow.socket.resume();
    expect(await slow.closed).toEqual({ code: 1008, reason: 'slow_consumer' });
    await happen(events.posted(9_999, 1, 'goes on'));
    await quick.until(() => quick.frames.at(-1)?.d['message_id'] === messageId(9_999));
  });

  it('gives the place of an abandoned upgrade back', async () => {
    let asked = () => {};
    const wasAsked = new Promise<void>((resolve) => (asked = resolve));
    let answer = () => {};
    const mayAnswer = new Promise<void>((resolve) => (answer = resolve));
    const { base, number, sockets } = await start(
      { gatewayConnectionsPerAddressMax: 1 },
      {
        authenticate: async (token) => {
          asked();
          await mayAnswer;
          if (!token.startsWith('token')) return left({ type: 'Unauthenticated' });
          const identity = { userId: userId(1), sessionId: sessionId(1), username: 'user1' };
          return right({ ...identity, expiresAt: noon });
        },
        findSession: () =>
          Promise.resolve({
            ...{ sessionId: sessionId(1), userId: userId(1), startedAt: noon, refreshedAt: null },
            ...{ expiresAt: 1e15 as typeof noon, revoked: false },
          }),
      },
    );
    const raw = connect(number, '127.0.0.1');
    raw.write(
      `GET /gateway/ws?access_token=token HTTP/1.1\r\nHost: ${base}\r\nUpgrade: websocket\r\n` +
        'Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
    await wasAsked;
    const url = `ws://${base}?access_token=token`;
    expect(await refusedUpgrade(url)).toMatchObject({ status: 429 });
    raw.destroy();
    answer();
    let isAdmitted = false;
    while (!isAdmitted) {
      const client = await connectWs(url);
      sockets.push(client.socket);
      isAdmitted = client.socket.readyState === client.socket.OPEN;
    }
  });

  it('says 1012 to all when it stops, and takes no more', async () => {
    const { open, gateway, base } = await start();
    const clients = [await open(1), await open(2), await open(3)];
    await gateway.close(1_000);
    for (const { closed } of clients)
      expect(await closed).toEqual({ code: 1012, reason: 'server_restart' });
    await expect(fetch(`http://${base}`)).rejects.toThrow();
  });
});
