import { isRight } from 'fp-ts/lib/Either.js';
import { ServerFrame } from '../../application/contract/gateway-frames.ts';
import { type Limits } from '../../application/limits.ts';
import { HELD_FRAMES_MAX } from './held-frames.ts';
import { type ResumeSource } from './replay-pages.ts';
import { createFakeTransport, type FakeClient } from './testing/fake-transport.ts';
import { createHarness, events, NOTHING_MISSED, tokenFor } from './testing/harness.ts';
import { at, change, messageNo, placeNo } from './testing/missed.ts';
import { channelId, guildId, messageId, positionNo, userId } from './testing/samples.ts';

const HERE = NOTHING_MISSED.installationId;
const turn = () => new Promise(setImmediate);

/** Messages 10 to 12 were posted in channel 1 while user 2 was away since position 9. */
const MISSED: ResumeSource = {
  ...NOTHING_MISSED,
  head: () => Promise.resolve(positionNo(12)),
  feed: {
    ...NOTHING_MISSED.feed,
    markAt: (position) => Promise.resolve(position.slice(-8)),
    page: ({ scopes, after, upTo }) =>
      Promise.resolve(
        [10, 11, 12]
          .map((n) => change(n, 1))
          .filter(({ position }) => position > after && position <= upTo)
          .filter(() => (scopes as readonly string[]).includes(`c:${channelId(1)}`)),
      ),
  },
  messagesNow: (_reader, ids) =>
    Promise.resolve(ids.map((id) => messageNo(Number(id.slice(4)), 1))),
};

const setUp = async ({
  resume = MISSED,
  limits = {},
}: { readonly resume?: ResumeSource; readonly limits?: Partial<Limits> } = {}) => {
  const transport = createFakeTransport();
  const harness = createHarness({
    port: transport.port,
    resume,
    limits: { readWaitMs: 0, ...limits },
  });
  await harness.gateway.listen('test', 1);
  await harness.happen(
    at(1, events.channel(1)),
    at(2, events.channel(2)),
    at(3, events.joined(2)),
    at(12, events.posted(12, 1, 'text 12')),
  );
  const connect = async (places: string): Promise<FakeClient> => {
    const client = await transport.connect({ query: `access_token=${tokenFor(2)}${places}` });
    if (typeof client === 'string') throw new Error(client);
    return client;
  };
  return { ...harness, connect };
};

const asked = (over: Readonly<Record<string, unknown>> = {}) => ({
  installation_id: HERE,
  position: placeNo(9),
  subscriptions: [{ guild_id: guildId(1), channel_ids: [channelId(1)] }],
  ...over,
});
const until = async (condition: () => boolean) => {
  while (!condition()) await turn();
};
const named = (client: FakeClient, t: string) => client.frames.filter((frame) => frame.t === t);
const answer = async (client: FakeClient) => {
  const isAnswer = ({ t }: { t: string }) => t === 'resumed' || t === 'resume_refused';
  await until(() => client.frames.some(isAnswer));
  return client.frames.find(isAnswer)!;
};

describe('places', () => {
  it('are told only to who asks for them', async () => {
    const { connect, happen, gateway } = await setUp();
    const [plain, placed] = [await connect(''), await connect('&places=1')];
    expect(plain.frames[0]?.d).toEqual({ user_id: userId(2) });
    expect(placed.frames[0]?.d).toEqual({
      user_id: userId(2),
      installation_id: HERE,
      position: placeNo(12),
    });
    for (const client of [plain, placed])
      client.send('subscribe', { guild_id: guildId(1), channel_id: channelId(1) });
    await until(() => [plain, placed].every((client) => named(client, 'subscribed').length > 0));
    await happen(at(20, events.posted(20, 1, 'hello')), at(21, events.banned(3)));
    expect(named(plain, 'message_create')[0]).not.toHaveProperty('s');
    expect(named(placed, 'message_create')[0]?.s).toBe(placeNo(20));
    // A ban is two frames; only with the second everything up to it was told.
    expect(named(placed, 'workspace_member_ban')[0]).not.toHaveProperty('s');
    expect(named(placed, 'workspace_member_remove')[0]?.s).toBe(placeNo(21));
    await gateway.close(0);
  });
});

describe('a resume', () => {
  it('tells what was missed in order, then is live', async () => {
    const { connect, happen, gateway } = await setUp();
    const client = await connect('&places=resume');
    client.send('resume', asked());
    expect(await answer(client)).toMatchObject({
      t: 'resumed',
      d: { position: placeNo(12), missed: 'replay', replayed: 3 },
    });
    await happen(at(13, events.posted(13, 1, 'live')));
    const created = named(client, 'message_create');
    expect(created.map(({ s, d }) => [s, d['content']])).toEqual([
      [placeNo(10), 'text 10'],
      [placeNo(11), 'text 11'],
      [placeNo(12), 'text 12'],
      [placeNo(13), 'live'],
    ]);
    expect(client.frames.every((frame) => isRight(ServerFrame.decode(frame)))).toBe(true);
    await gateway.close(0);
  });

  it('says which channels may no longer be heard, and tells nothing of them', async () => {
    const { connect, happen, gateway } = await setUp();
    await happen(at(13, events.denied(2, 1)));
    const client = await connect('&places=resume');
    client.send('resume', asked());
    await answer(client);
    expect(named(client, 'unsubscribed')).toHaveLength(1);
    expect(named(client, 'message_create')).toEqual([]);
    await gateway.close(0);
  });

  it('tells nothing of a channel that was lost while its page was being read', async () => {
    let read = () => {};
    const reading = new Promise<void>((resolve) => {
      read = resolve;
    });
    let wasAsked = false;
    const { connect, happen, gateway } = await setUp({
      resume: {
        ...MISSED,
        messagesNow: async (reader, ids) => {
          wasAsked = true;
          await reading;
          return MISSED.messagesNow(reader, ids);
        },
      },
    });
    const client = await connect('&places=resume');
    client.send('resume', asked());
    await until(() => wasAsked);
    await happen(at(13, events.denied(2, 1)));
    read();
    await answer(client);
    expect(named(client, 'message_create')).toEqual([]);
    await gateway.close(0);
  });

  it('reads on instead when more comes meanwhile than is held', async () => {
    let read = () => {};
    const reading = new Promise<void>((resolve) => {
      read = resolve;
    });
    const last = 12 + HELD_FRAMES_MAX + 1;
    const upTos: string[] = [];
    const { connect, happen, gateway } = await setUp({
      resume: {
        ...MISSED,
        feed: {
          ...MISSED.feed,
          page: async (request) => {
            upTos.push(request.upTo);
            if (upTos.length === 1) await reading;
            const from = Math.max(10, Number(request.after) + 1);
            const length = Math.min(request.limit, Number(request.upTo) - from + 1);
            return Array.from({ length }, (_, index) => change(from + index, 1));
          },
        },
      },
    });
    const client = await connect('&places=resume');
    client.send('resume', asked());
    await until(() => upTos.length === 1);
    const more = Array.from({ length: HELD_FRAMES_MAX + 1 }, (_, index) =>
      at(13 + index, events.posted(13 + index, 1, 'x')),
    );
    await happen(...more);
    read();
    expect(await answer(client)).toMatchObject({ d: { position: placeNo(last) } });
    const told = named(client, 'message_create').map(({ s }) => s);
    expect(told).toEqual(Array.from({ length: last - 9 }, (_, index) => placeNo(10 + index)));
    await gateway.close(0);
  });

  it('answers with a summary where one is asked for', async () => {
    const { connect, gateway } = await setUp({
      resume: {
        ...MISSED,
        feed: {
          ...MISSED.feed,
          missed: ({ channelIds }) =>
            Promise.resolve(
              channelIds.map((id) => ({
                channelId: id,
                lastMessageId: messageId(12),
                lastPosition: positionNo(12),
                unread: 3,
                hasMore: false,
              })),
            ),
        },
        visibleChannels: () => Promise.resolve([channelId(1)]),
      },
    });
    await gateway.dispatch([at(13, events.joined(2))]);
    const client = await connect('&places=resume');
    client.send('resume', asked({ missed: 'summary' }));
    expect(await answer(client)).toMatchObject({ d: { missed: 'summary', replayed: 0 } });
    expect(named(client, 'message_create')).toEqual([]);
    expect(named(client, 'missed_summary')[0]?.d).toMatchObject({
      is_last: true,
      is_complete: true,
    });
    await gateway.close(0);
  });

  it.each([
    ['malformed_position', { position: 'yesterday' }],
    ['unknown_installation', { installation_id: 'elsewhere' }],
    ['position_beyond_head', { position: placeNo(13) }],
    ['position_unknown', { position: `${positionNo(9)}.otherone` }],
    ['position_unknown', { position: `${'0'.repeat(39)}9.00000009` }],
  ])('is refused as %s, and the connection goes on', async (reason, over) => {
    const { connect, happen, gateway } = await setUp();
    const client = await connect('&places=resume');
    client.send('resume', asked(over));
    expect(await answer(client)).toMatchObject({
      t: 'resume_refused',
      d: { reason, position: placeNo(12) },
    });
    expect(client.ended()).toBeNull();
    client.send('subscribe', { guild_id: guildId(1), channel_id: channelId(1) });
    await until(() => named(client, 'subscribed').length === 1);
    await happen(at(14, events.posted(14, 1, 'hello')));
    expect(named(client, 'message_create').map(({ s }) => s)).toEqual([placeNo(14)]);
    await gateway.close(0);
  });

  it('is refused on a connection that did not ask for places, or listens already', async () => {
    const { connect, gateway } = await setUp();
    const plain = await connect('');
    plain.send('resume', asked());
    expect(await answer(plain)).toMatchObject({ d: { reason: 'places_not_asked_for' } });
    const placed = await connect('&places=1');
    placed.send('subscribe', { guild_id: guildId(1), channel_id: channelId(1) });
    await until(() => named(placed, 'subscribed').length === 1);
    placed.send('resume', asked());
    expect(await answer(placed)).toMatchObject({ d: { reason: 'already_subscribed' } });
    await gateway.close(0);
  });

  it('takes as many channels as a connection may follow, and not one more', async () => {
    const { connect, gateway } = await setUp({
      limits: { gatewaySubscriptionsPerConnectionMax: 1 },
    });
    const [one, two] = [await connect('&places=resume'), await connect('&places=resume')];
    one.send('resume', asked());
    expect((await answer(one)).t).toBe('resumed');
    const channel_ids = [channelId(1), channelId(2)];
    two.send('resume', asked({ subscriptions: [{ guild_id: guildId(1), channel_ids }] }));
    expect(await answer(two)).toMatchObject({ d: { reason: 'too_many_subscriptions' } });
    await gateway.close(0);
  });

  it('waits its turn, and is refused as busy when too many wait', async () => {
    let read = () => {};
    const reading = new Promise<void>((resolve) => {
      read = resolve;
    });
    const { connect, gateway } = await setUp({
      limits: { gatewayResumesMax: 1, gatewayResumesWaitingMax: 1 },
      resume: {
        ...MISSED,
        head: async () => {
          await reading;
          return positionNo(12);
        },
      },
    });
    const clients = [];
    for (let n = 0; n < 3; n += 1) clients.push(await connect('&places=resume'));
    for (const client of clients) client.send('resume', asked());
    expect(await answer(clients[2]!)).toMatchObject({ d: { reason: 'busy' } });
    read();
    for (const client of clients.slice(0, 2)) expect((await answer(client)).t).toBe('resumed');
    await gateway.close(0);
  });

  it('ends a socket whose peer does not read, after its time', async () => {
    const { connect, gateway } = await setUp({
      limits: { gatewayResumeTimeoutMs: 20, gatewayOutboundBytesMax: 1 },
    });
    const client = await connect('&places=resume');
    client.stopReading();
    client.send('resume', asked());
    await until(() => client.ended() !== null);
    await gateway.close(0);
  });

  it('is a frame of its own form, or the connection ends', async () => {
    const { connect, counts, gateway } = await setUp();
    const client = await connect('&places=resume');
    client.send('resume', { ...asked(), since: 'yesterday' });
    expect(client.ended()).not.toBeNull();
    expect(counts['parse_rejected invalid_resume_payload']).toBe(1);
    await gateway.close(0);
  });
});
