// A long past over real sockets and each transport: it is written in bursts, and no faster than its reader reads.
import { createHarness, events, NOTHING_MISSED, tokenFor } from './testing/harness.ts';
import { at, change, messageNo, placeNo } from './testing/missed.ts';
import { channelId, guildId, LIMITS, positionNo } from './testing/samples.ts';
import { connectWs } from './testing/ws-client.ts';
import { type ResumeSource } from './replay-pages.ts';
import { createUwsTransport, isNativeLoaded } from './transport-uws.ts';
import { createWsTransport } from './transport-ws.ts';
import { type TransportLimits, type WebSocketPort } from './web-socket-port.ts';

type Create = (limits: TransportLimits) => WebSocketPort;
const TRANSPORTS: [string, Create][] = [['ws', createWsTransport]];
if (isNativeLoaded()) TRANSPORTS.push(['uWebSockets.js', createUwsTransport]);

// Far more bytes than an operating system keeps for who does not read.
const HEARD = 2;
const LAST = 5_002;
const TEXT = 'x'.repeat(4_000);
const OUTBOUND_BYTES = 256 * 1024;

const where = { guild_id: guildId(1), channel_id: channelId(1) };
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

const MUCH_MISSED: ResumeSource = {
  ...NOTHING_MISSED,
  head: () => Promise.resolve(positionNo(LAST)),
  feed: {
    ...NOTHING_MISSED.feed,
    markAt: (position) => Promise.resolve(position.slice(-8)),
    page: ({ after, upTo, limit }) => {
      const to = Math.min(Number(after) + limit, Number(upTo));
      return Promise.resolve(numbers(Number(after) + 1, to).map((n) => change(n, 1)));
    },
  },
  messagesNow: (_reader, ids) =>
    Promise.resolve(ids.map((id) => ({ ...messageNo(1, 1, TEXT), message_id: id }))),
};

/** Somebody who missed all of it, was told the first, and reads no further for now. */
const resumeAndPause = async (createTransport: Create) => {
  const limits = { ...LIMITS, readWaitMs: 0, gatewayOutboundBytesMax: OUTBOUND_BYTES };
  const port = createTransport({
    payloadBytesMax: limits.gatewayFrameBytesMax,
    backpressureBytesMax: 2 * OUTBOUND_BYTES,
  });
  const harness = createHarness({ port, resume: MUCH_MISSED, limits });
  const { host, port: number } = await harness.gateway.listen('127.0.0.1', 0);
  await harness.happen(
    at(1, events.channel(1)),
    at(2, events.joined(2)),
    at(LAST, events.posted(LAST, 1, TEXT)),
  );
  const client = await connectWs(
    `ws://${host}:${number}/gateway/ws?access_token=${tokenFor(2)}&places=resume`,
  );
  await client.frame('ready');
  const told = () => client.frames.filter(({ t }) => t === 'message_create');
  client.send('resume', {
    installation_id: NOTHING_MISSED.installationId,
    position: placeNo(HEARD),
    subscriptions: [{ guild_id: where.guild_id, channel_ids: [where.channel_id] }],
  });
  await client.until(() => told().length > 0);
  client.socket.pause();
  const close = async () => {
    client.socket.terminate();
    await harness.gateway.close(0);
  };
  return { ...harness, client, told, close };
};

describe.each(TRANSPORTS)('a long resume over %s', (_, createTransport) => {
  it('waits for its reader, and tells all of it in order', async () => {
    const { client, told, counts, close } = await resumeAndPause(createTransport);
    expect(client.frames.some(({ t }) => t === 'resumed')).toBe(false);
    client.socket.resume();
    expect((await client.frame('resumed')).d).toMatchObject({ replayed: LAST - HEARD });
    expect(told().map(({ s }) => s)).toEqual(numbers(HEARD + 1, LAST).map(placeNo));
    expect(counts['disconnect slow_consumer']).toBeUndefined();
    await close();
  });

  it('tells nothing more of a channel that is lost while it waits', async () => {
    const { client, told, happen, close } = await resumeAndPause(createTransport);
    await happen(at(LAST + 1, events.denied(2, 1)));
    client.socket.resume();
    await client.frame('resumed');
    const types = client.frames.map(({ t }) => t);
    expect(told().length).toBeLessThan(LAST - HEARD);
    expect(types.lastIndexOf('message_create')).toBeLessThan(types.indexOf('unsubscribed'));
    await close();
  });
});
