// A server whose Elasticsearch is slow, away, killed, full or emptied: people go on writing and reading, a search says
// what is the matter, and afterwards nothing is missing.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type ApiClient } from '../../api-client/api-client.ts';
import { quantile } from '../../bench/measure.ts';
import {
  ELASTIC_TEST_URL,
  startElasticsearchProcess,
  type ElasticsearchProcess,
} from '../../testing/elasticsearch-process.ts';
import { clientOf, settle, signUp, type Person, type Place } from '../../testing/people.ts';
import { startTcpProxy, type TcpProxy } from '../../testing/tcp-proxy.ts';
import { createTestSite, GENEROUS, until } from '../../testing/test-site.ts';

const describeIfThere = process.env[ELASTIC_TEST_URL] === undefined ? describe.skip : describe;

jest.setTimeout(180_000);

const SEARCH_MS = 200;
// Far above the time of a search and far below what an unbounded one would take, for machines that are busy.
const ANSWER_MS_MAX = 5_000;

describeIfThere('a server with Elasticsearch', () => {
  const site = createTestSite('elastic-outage');
  let data: string;
  let elastic: ElasticsearchProcess;
  let wire: TcpProxy;
  let api: ApiClient;
  let alice: Person;
  let place: Place;
  let posted = 0;
  const refusedAfterMs: number[] = [];

  const startElastic = async (port = 0): Promise<ElasticsearchProcess> => {
    const started = await startElasticsearchProcess({ port, data, heap: '384m' });
    if (started === null) throw new Error('Elasticsearch does not start.');
    return started;
  };
  beforeAll(async () => {
    data = await mkdtemp(path.join(os.tmpdir(), 'filament-outage-'));
    elastic = await startElastic();
    wire = await startTcpProxy(elastic.url);
    const server = await site.start(site.newDataDirectory(), {
      ...GENEROUS,
      FILAMENT_ELASTICSEARCH_URL: wire.url,
      FILAMENT_SEARCH_TIMEOUT_MS: String(SEARCH_MS),
    });
    api = clientOf(site, server);
    alice = await signUp(api, 'alice');
    place = await settle(api, alice);
  });
  afterAll(async () => {
    const [half, most] = [0.5, 0.99].map((q) => quantile(refusedAfterMs, q).toFixed(0));
    process.stderr.write(`search_unavailable after ${half} ms (p50), ${most} ms (p99)\n`);
    await site.cleanUp();
    await wire.close();
    await elastic.stop();
    await rm(data, { recursive: true, force: true });
  });

  const search = (q: string) =>
    api.request('GET', `/guilds/${place.guildId}/search?q=${q}&limit=50`, { token: alice.token });
  const post = async (text: string): Promise<void> => {
    posted += 1;
    const { token } = alice;
    const { message_id: id } = await api.post(token, place.guildId, place.channelId, text);
    // Written, and read at once.
    const { messages } = await api.history(token, place.guildId, place.channelId, { limit: 1 });
    expect(messages.map(({ message_id }) => message_id)).toEqual([id]);
  };
  const found = async (q: string): Promise<number> => {
    const { status, body } = await search(q);
    return status === 200
      ? (body as { readonly message_ids: readonly string[] }).message_ids.length
      : -1;
  };
  const settled = (q: string, count: number) =>
    until(`${q} is found ${count} times`, async () => (await found(q)) === count, 120_000);

  /** Some writing while something is wrong, each followed by a search that is refused in time. */
  const sufferThrough = async (word: string): Promise<void> => {
    for (let n = 0; n < 5; n += 1) {
      await post(`${word} number ${n}`);
      const begun = performance.now();
      const answer = await search(word);
      expect(answer).toMatchObject({ status: 503, body: { error: 'search_unavailable' } });
      expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
      refusedAfterMs.push(performance.now() - begun);
      expect(refusedAfterMs.at(-1)).toBeLessThan(ANSWER_MS_MAX);
    }
  };

  it('finds what was posted', async () => {
    await post('whole number 0');
    await settled('whole', 1);
    const { body } = await search('whole');
    expect(body).toMatchObject({ complete_to: expect.stringMatching(/^\d{20}$/) as unknown });
  });

  it('answers while it does not, and catches up', async () => {
    wire.be('slow');
    await sufferThrough('slow');
    wire.be('whole');
    await settled('slow', 5);
  });

  it('answers while it is away, and catches up', async () => {
    wire.be('cut');
    await sufferThrough('cut');
    wire.be('whole');
    await settled('cut', 5);
  });

  it('answers after it was killed, and catches up once it is back, with nothing missing of before', async () => {
    const { port } = new URL(elastic.url);
    process.kill(elastic.pid, 'SIGKILL');
    await elastic.stop();
    await sufferThrough('killed');
    elastic = await startElastic(Number(port));
    await settled('killed', 5);
    await settled('number', posted);
  });

  it('finds what it had while it takes no more, and then the rest', async () => {
    const block = (blocked: boolean | null) =>
      fetch(`${elastic.url}/filament-messages/_settings`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ 'index.blocks.read_only_allow_delete': blocked }),
      });
    const before = posted;
    expect((await block(true)).status).toBe(200); // As the server itself does when its disk is full
    for (let n = 0; n < 5; n += 1) await post(`full number ${n}`);
    await settled('number', Math.min(50, before));
    expect(await found('full')).toBe(0);
    expect((await block(null)).status).toBe(200);
    await settled('full', 5);
  });

  it('builds the index anew when it was deleted', async () => {
    const list = await fetch(`${elastic.url}/_cat/indices/filament-*?format=json&h=index`);
    for (const { index } of (await list.json()) as readonly { readonly index: string }[])
      await fetch(`${elastic.url}/${index}`, { method: 'DELETE' });
    expect(await search('number')).toMatchObject({
      ...{ status: 503, body: { error: 'search_unavailable' } },
    });
    await post('after number 0');
    await settled('number', posted);
    await settled('after', 1);
  });
});
