// Thousands of random requests and frames, the same ones each time: nothing breaks, leaks, or changes for others.
import { readFileSync } from 'node:fs';
import { type ApiClient } from '../api-client/api-client.ts';
import { connectWs } from '../gateway/testing/ws-client.ts';
import { anyFrame, anyRequest, createChance } from './fuzz-inputs.ts';
import {
  createHostileClient,
  faultOf,
  inParallel,
  type Sent,
  shown,
  stateOf,
} from './hostile-client.ts';
import { clientOf, gatewayUrl, type Person, type Place, settle, signUp } from './people.ts';
import { type ServerProcess } from './server-process.ts';
import { createTestSite, GENEROUS } from './test-site.ts';

jest.setTimeout(900_000);

const REQUESTS = 20_000;
const FRAMES = 20_000;
const WARM_SHARE = 4; // After a quarter of the inputs code and caches are warm, and memory is compared from then on.
const GROWTH_KIB_MAX = 128 * 1024;
const SLOW_MS = 1000;
const SEED = Number(process.env['FILAMENT_TEST_FUZZ_SEED'] ?? 20260101);

const site = createTestSite('fuzz');
let server: ServerProcess;
let api: ApiClient;
let alice: Person;
let mallory: Person;
let place: Place; // Of Alice alone
let theirs: Place; // Where Mallory may do something
let ids: Record<string, string>;
let before: readonly unknown[];
beforeAll(async () => {
  server = await site.start(site.newDataDirectory(), GENEROUS);
  api = clientOf(site, server);
  alice = await signUp(api, 'alice', 'canary-password-of-alice');
  mallory = await signUp(api, 'mallory', 'canary-password-of-mallory');
  place = await settle(api, alice, 'private');
  theirs = await settle(api, mallory);
  const posted = await api.post(alice.token, place.guildId, place.channelId, 'the one message');
  ids = { ...place, messageId: posted.message_id, userId: alice.userId };
  before = await stateOf(api, alice, place);
});
afterAll(site.cleanUp);

afterEach(async () => {
  expect(await stateOf(api, alice, place)).toEqual(before);
  expect((await fetch(`${server.baseUrl}/health/ready`)).status).toBe(200);
  expect(server.output()).not.toMatch(/"level":"(?:error|fatal)"/);
  for (const secret of [alice, mallory].flatMap((person) => [
    person.token,
    person.refreshToken,
    person.password,
  ]))
    expect(server.output()).not.toContain(secret);
});

const residentKib = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]);

/** Runs the inputs; memory may grow by so much only after the first part of them. */
const withStableMemory = async <A>(
  inputs: readonly A[],
  work: (input: A, index: number) => Promise<void>,
): Promise<void> => {
  const warm = Math.floor(inputs.length / WARM_SHARE);
  await inParallel(inputs.slice(0, warm), work);
  const before = residentKib();
  await inParallel(inputs.slice(warm), (input, index) => work(input, warm + index));
  expect(residentKib() - before).toBeLessThan(GROWTH_KIB_MAX);
};

it(`survives ${REQUESTS} random requests`, async () => {
  const chance = createChance(SEED);
  const client = createHostileClient(server.baseUrl);
  site.onCleanUp(client.close);
  const requests = Array.from({ length: REQUESTS }, () =>
    anyRequest(chance, chance(2) === 0 ? ids : { ...ids, ...theirs, userId: mallory.userId }, [
      mallory.token,
      'x',
      '',
    ]),
  );
  const faults: string[] = [];
  const statuses = new Map<number, number>();
  const slow: Sent[] = [];
  await withStableMemory(requests, async (sent, index) => {
    const begun = performance.now();
    const heard = await client.send(sent);
    if (performance.now() - begun > SLOW_MS) slow.push(sent);
    statuses.set(heard.status, (statuses.get(heard.status) ?? 0) + 1);
    const fault = heard.status === 0 ? 'no answer' : faultOf(heard);
    if (fault !== null) faults.push(`${SEED}/${index} ${shown(sent)}: ${fault}`);
  });
  expect(faults).toEqual([]);
  // A busy machine makes any request wait; what is slow by itself is slow also when it comes alone.
  for (const sent of slow) {
    const begun = performance.now();
    await client.send(sent);
    expect([shown(sent), performance.now() - begun > SLOW_MS]).toEqual([shown(sent), false]);
  }
  // The requests reach all the ways in which they can end.
  for (const status of [200, 400, 401, 403, 404, 415, 422])
    expect(statuses.get(status)).toBeDefined();
});

it(`survives ${FRAMES} random frames`, async () => {
  const chance = createChance(SEED);
  const url = `${await gatewayUrl(api)}?access_token=${mallory.token}`;
  const wheres = [place, theirs].map(({ guildId, channelId }) => ({
    guild_id: guildId,
    channel_id: channelId,
  }));
  const [foreign, own] = wheres as [(typeof wheres)[0], (typeof wheres)[0]];
  const frames = Array.from({ length: FRAMES }, () => anyFrame(chance, chance(2) ? foreign : own));
  const open: Awaited<ReturnType<typeof connectWs>>[] = [];
  let dropped = 0;
  let unharmed = 0;
  await withStableMemory(frames, async (bytes) => {
    const client = open.pop() ?? (await connectWs(url));
    site.onCleanUp(() => client.socket.terminate());
    await client.frame('ready');
    const answers = () => client.frames.filter(({ t }) => t === 'voice_participant_sync').length;
    const before = answers();
    client.socket.send(bytes);
    client.send('subscribe', own);
    const next = await Promise.race([
      client.closed,
      client.until(() => answers() > before).then(() => 'answered' as const),
    ]);
    expect(JSON.stringify(client.frames)).not.toContain(place.channelId);
    if (next === 'answered') {
      unharmed += 1;
      client.frames.splice(1); // Keeps `ready`
      open.push(client);
    } else {
      dropped += 1;
      expect(next.reason).toBe('');
    }
  });
  expect(dropped).toBeGreaterThan(FRAMES / 10);
  expect(unharmed).toBeGreaterThan(FRAMES / 10);
});
