// A server whose Elasticsearch is behind TLS, or takes no more for now.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type ApiClient } from '../../api-client/api-client.ts';
import { ELASTIC_TEST_URL } from '../../testing/elasticsearch-process.ts';
import { clientOf, settle, signUp, type Person, type Place } from '../../testing/people.ts';
import { type ServerProcess } from '../../testing/server-process.ts';
import { createTestSite, GENEROUS, until } from '../../testing/test-site.ts';
import { type BusyFront, startBusyFront } from '../testing/busy-front.ts';
import { type Certificate, makeCertificate, startTlsFront } from '../testing/tls-front.ts';

const url = process.env[ELASTIC_TEST_URL] ?? '';
const describeIfThere = url === '' ? describe.skip : describe;
const CATCH_UP_MS = 60_000;
const TIMER_MS = 2; // A timer may be that early by another clock.

jest.setTimeout(180_000);

const site = createTestSite('elastic-fronts');
afterAll(site.cleanUp);

type Written = { readonly api: ApiClient; readonly alice: Person; readonly place: Place };

const settleIn = async (server: ServerProcess): Promise<Written> => {
  const api = clientOf(site, server);
  const alice = await signUp(api, 'alice');
  return { api, alice, place: await settle(api, alice) };
};
const post = ({ api, alice, place }: Written, text: string) =>
  api.post(alice.token, place.guildId, place.channelId, text);
const search = ({ api, alice, place }: Written, q: string) =>
  api.request('GET', `/guilds/${place.guildId}/search?q=${q}&limit=50`, { token: alice.token });
const found = async (where: Written, q: string): Promise<number> => {
  const { status, body } = await search(where, q);
  if (status !== 200) return -1;
  return (body as { readonly message_ids: readonly string[] }).message_ids.length;
};
const isFound = (where: Written, q: string, count: number) =>
  until(`${q} is found ${count} times`, async () => (await found(where, q)) === count, CATCH_UP_MS);

describeIfThere('a server whose Elasticsearch takes no more for now', () => {
  let front: BusyFront;
  let where: Written;
  beforeAll(async () => {
    front = await startBusyFront(url);
    const server = await site.start(site.newDataDirectory(), {
      ...GENEROUS,
      FILAMENT_ELASTICSEARCH_URL: front.url,
      FILAMENT_ELASTICSEARCH_INDEX_PREFIX: `test-busy-${process.pid}`,
    });
    where = await settleIn(server);
    await post(where, 'first');
    await isFound(where, 'first', 1);
  });
  afterAll(() => front.close());

  it.each([
    ['wholly', 'harbour'],
    ['partly', 'lantern'],
  ] as const)('asks again, later each time, and misses nothing (refused %s)', async (how, word) => {
    const from = front.refusedAt.length;
    front.be(how);
    if (how === 'partly') {
      // A single operation is the first, which is done: what is refused comes afterwards.
      await post(where, 'alone');
      await isFound(where, 'alone', 1);
    }
    for (let n = 0; n < 20; n += 1) await post(where, `${word} number ${n}`);
    await until('it was refused five times', () => front.refusedAt.length >= from + 5, CATCH_UP_MS);
    // Searching goes on over what is there, and reading as ever.
    expect(await found(where, 'first')).toBe(1);
    front.be('no');
    await isFound(where, word, 20);
    const gaps = front.refusedAt.slice(from).map((at, n, all) => at - (all[n - 1] ?? 0));
    for (const [n, pause] of [50, 100, 200, 400].entries())
      expect(gaps[n + 1]).toBeGreaterThanOrEqual(pause - TIMER_MS);
  });
});

describeIfThere('a server whose Elasticsearch is behind TLS', () => {
  let folder: string;
  let certificate: Certificate;
  let front: Awaited<ReturnType<typeof startTlsFront>>;
  const file = (name: string) => path.join(folder, name);
  const start = (caFile: string) =>
    site.start(site.newDataDirectory(), {
      ...GENEROUS,
      FILAMENT_ELASTICSEARCH_URL: `https://localhost:${front.port}`,
      FILAMENT_ELASTICSEARCH_INDEX_PREFIX: `test-tls-${process.pid}`,
      FILAMENT_ELASTICSEARCH_CA_FILE: caFile,
    });
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'filament-tls-'));
    certificate = makeCertificate(folder, 'ours');
    await writeFile(file('ours.pem'), certificate.pem);
    await writeFile(file('other.pem'), makeCertificate(folder, 'other').pem);
    await writeFile(file('none.pem'), 'no certificate');
    front = await startTlsFront(url, certificate);
  });
  afterAll(async () => {
    await front.close();
    await rm(folder, { recursive: true });
  });

  it('finds what was posted, trusting the named certificate', async () => {
    const where = await settleIn(await start(file('ours.pem')));
    await post(where, 'behind a curtain');
    await isFound(where, 'curtain', 1);
  });

  it('tells nothing to one whose certificate is another, and says so', async () => {
    const server = await start(file('other.pem'));
    const where = await settleIn(server);
    await post(where, 'kept to ourselves');
    await until('the log says why', () =>
      /untrusted \(self-signed certificate/.test(server.output()),
    );
    const answer = await search(where, 'ourselves');
    expect(answer).toMatchObject({ status: 503, body: { error: 'search_unavailable' } });
    expect(server.output()).not.toContain('ourselves');
  });

  it('does not start with a file that holds no certificate', async () => {
    await expect(start(file('none.pem'))).rejects.toThrow(/FILAMENT_ELASTICSEARCH_CA_FILE/);
    await expect(start(file('absent.pem'))).rejects.toThrow(/can't be read \(ENOENT\)/);
  });
});
