import { createFakeTransport, type FakeClient } from './fake-transport.ts';
import { createHarness, events, tokenFor } from './harness.ts';
import { channelId, guildId } from './samples.ts';

export const where = (channel: number) => ({
  guild_id: guildId(1),
  channel_id: channelId(channel),
});
export const typesOf = (client: FakeClient) => client.frames.map(({ t }) => t);
export const turn = () => new Promise(setImmediate);

/** A gateway whose guild 1 has channels 1 and 2 and these members. */
const start = async (
  members: readonly number[],
  options: Partial<Parameters<typeof createHarness>[0]> = {},
) => {
  const transport = createFakeTransport();
  const harness = createHarness({ port: transport.port, ...options });
  await harness.gateway.listen('test', 1);
  await harness.happen(events.channel(1), events.channel(2), ...members.map(events.joined));
  const connect = async (user: number, session = user): Promise<FakeClient> => {
    const client = await transport.connect({ query: `access_token=${tokenFor(user, session)}` });
    if (typeof client === 'string') throw new Error(client);
    return client;
  };
  const subscribe = async (client: FakeClient, channel: number) => {
    client.send('subscribe', where(channel));
    await turn();
  };
  const listener = async (user: number, channel = 1) => {
    const client = await connect(user);
    await subscribe(client, channel);
    client.frames.length = 0;
    return client;
  };
  return { ...harness, transport, connect, subscribe, listener };
};

/** Gateways of one spec, closed together after each test. */
export const createGatewayStage = () => {
  let opened: { readonly close: (drainMs: number) => Promise<void> }[] = [];
  return {
    open: async (...given: Parameters<typeof start>) => {
      const started = await start(...given);
      opened.push(started.gateway);
      return started;
    },
    close: async () => {
      for (const gateway of opened) await gateway.close(0);
      opened = [];
    },
  };
};
