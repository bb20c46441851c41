// A socket must not be lost for where its memory happens to lie: only a server that has taken and given back many shows it.
import { connectWs, type WsClient } from '../gateway/testing/ws-client.ts';
import { clientOf, gatewayUrl, settle, signUp } from './people.ts';
import { createTestSite, GENEROUS } from './test-site.ts';

jest.setTimeout(180_000);

// Four of ten such rounds lost a socket, before the upgrade was mended.
const ROUNDS = 10;
const SOCKETS_EACH = 300;

const site = createTestSite('sockets');
afterAll(site.cleanUp);

it('keeps each of many sockets that are opened just after as many were cut', async () => {
  const server = await site.start(site.newDataDirectory(), GENEROUS);
  const api = clientOf(site, server);
  const alice = await signUp(api, 'alice');
  const { guildId, channelId } = await settle(api, alice);
  const url = `${await gatewayUrl(api)}?access_token=${alice.token}`;
  const outcomes: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const clients: WsClient[] = [];
    for (let n = 0; n < SOCKETS_EACH; n += 1) {
      const client = await connectWs(url);
      client.send('subscribe', { guild_id: guildId, channel_id: channelId });
      const heard = client.frame('voice_participant_sync').then(() => 'heard');
      outcomes.push(await Promise.race([heard, client.closed.then(() => 'cut')]));
      clients.push(client);
    }
    for (const { socket } of clients) socket.terminate();
    await Promise.all(clients.map(({ closed }) => closed));
  }
  expect(outcomes).toEqual(outcomes.map(() => 'heard'));
});
