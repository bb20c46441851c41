import { isRight } from 'fp-ts/lib/Either.js';
import { ServerFrame } from '../../application/contract/gateway-frames.ts';
import { type GuardAddress } from '../../application/ip-ban/guard-address.ts';
import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import { ipBanNo } from '../../domain/shared/testing/samples.ts';
import { createFakeAccess } from './testing/fake-access.ts';
import { createFakeTransport, type FakeClient } from './testing/fake-transport.ts';
import { createHarness, echoMessage, events, tokenFor } from './testing/harness.ts';
import { channelId, guildId, noon, userId } from './testing/samples.ts';

const BARRED = '203.0.113.7';
const where = (channel: number) => ({ guild_id: guildId(1), channel_id: channelId(channel) });
const turn = () => new Promise(setImmediate);

const start = async (guardAddress: GuardAddress) => {
  const transport = createFakeTransport();
  const posted: string[] = [];
  const harness = createHarness({
    port: transport.port,
    access: createFakeAccess(),
    guardAddress,
    postMessage: (request) => {
      posted.push(request.content);
      return Promise.resolve({
        _tag: 'Right',
        right: { answer: echoMessage(request), position: null },
      });
    },
  });
  await harness.gateway.listen('test', 1);
  await harness.happen(events.channel(1), events.joined(1), events.joined(2));
  const connect = async (user: number, peerAddress: string): Promise<FakeClient> => {
    const client = await transport.connect({
      query: `access_token=${tokenFor(user)}`,
      peerAddress,
    });
    if (typeof client === 'string') throw new Error(client);
    return client;
  };
  return { ...harness, posted, connect };
};

type Visit = Parameters<GuardAddress>[0];

const barring =
  (visits: Visit[] = []): GuardAddress =>
  (visit) => {
    visits.push(visit);
    return visit.address === BARRED && Promise.resolve(true);
  };

describe('a socket from a barred address', () => {
  it.each([
    ['subscribe', where(1)],
    ['subscribe', where(9)],
    ['message_create', { ...where(1), content: 'hello' }],
    ['message_create', { ...where(9), content: 'hello', nonce: 'n' }],
  ])('is dropped for %s %j, before any permission', async (t, d) => {
    const visits: Visit[] = [];
    const { connect, posted, counts, gateway } = await start(barring(visits));
    const client = await connect(1, BARRED);
    client.send(t, d);
    await turn();
    expect(client.ended()).toEqual({ code: 1006, reason: '' });
    expect(client.frames.map((frame) => frame.t)).toEqual(['ready']);
    expect(counts).toMatchObject({ 'disconnect ip_banned': 1 });
    expect(posted).toEqual([]);
    expect(visits).toEqual([
      {
        guildId: guildId(1),
        userId: userId(1),
        address: BARRED,
        context: { actor: `user:${userId(1)}`, correlationId: expect.any(String) as string },
      },
    ]);
    await gateway.close(0);
  });

  it('is told of a wrong payload first', async () => {
    const { connect, counts, gateway } = await start(barring());
    const client = await connect(1, BARRED);
    client.send('subscribe', { guild_id: guildId(1) });
    await turn();
    expect(counts).toMatchObject({ 'disconnect invalid_subscribe_payload': 1 });
    await gateway.close(0);
  });
});

it('lets in nobody when it cannot be known, and says so to who can hear it', async () => {
  const away: GuardAddress = () => Promise.reject(new Error('the vault is away'));
  const { connect, posted, gateway, logged } = await start(away);
  const client = await connect(1, BARRED);
  client.send('subscribe', where(1));
  client.send('message_create', { ...where(1), content: 'hello', nonce: 'n' });
  await turn();
  expect(client.frames.map(({ t }) => t)).toEqual(['ready', 'command_failed']);
  client.send('message_create', { ...where(1), content: 'hello' });
  await turn();
  expect(client.ended()).not.toBeNull();
  expect(posted).toEqual([]);
  expect(logged.map(({ event }) => event)).toContain('gateway.subscribe.failed');
  await gateway.close(0);
});

it('tells everyone in the guild that bans of addresses changed, and no more', async () => {
  const { connect, happen, gateway } = await start(() => false);
  const clients = [await connect(1, '192.0.2.1'), await connect(2, '192.0.2.2')];
  for (const client of clients) client.send('subscribe', where(1));
  await turn();
  for (const client of clients) client.frames.length = 0;
  const by = userId(1);
  const added: DomainEvent = {
    type: 'IpBansAdded',
    data: {
      guildId: guildId(1),
      banIds: [ipBanNo(1), ipBanNo(2)],
      sourceUserId: userId(2),
      reason: 'spam',
      expiresAt: null,
      by,
      at: noon,
    },
  };
  const lifted: DomainEvent = {
    type: 'IpBanLifted',
    data: { guildId: guildId(1), banId: ipBanNo(1), by, at: noon },
  };
  await happen(added, lifted);
  const sync = (action: string, changed_count: number) => ({
    v: 1,
    t: 'workspace_ip_ban_sync',
    d: {
      guild_id: guildId(1),
      summary: { action, changed_count },
      updated_at_unix: noon / 1000,
      actor_user_id: by,
    },
  });
  for (const { frames } of clients) {
    expect(frames).toEqual([sync('upsert', 2), sync('remove', 1)]);
    expect(frames.every((frame) => isRight(ServerFrame.decode(frame)))).toBe(true);
  }
  await gateway.close(0);
});
