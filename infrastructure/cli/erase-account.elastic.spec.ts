// Erasing a person whose words are indexed in Elasticsearch, beside a running server and without one.
import { ELASTIC_TEST_URL } from '../testing/elasticsearch-process.ts';
import { type ApiClient } from '../api-client/api-client.ts';
import { clientOf, settle, signIn, signUp, type Person, type Place } from '../testing/people.ts';
import { type ServerProcess } from '../testing/server-process.ts';
import { createTestSite, GENEROUS, runFilament, until } from '../testing/test-site.ts';

const url = process.env[ELASTIC_TEST_URL] ?? '';
const describeIfThere = url === '' ? describe.skip : describe;
const PREFIX = `test-erase-${process.pid}`;
const CATCH_UP_MS = 60_000;
const LET_GO_MS = 120_000;

jest.setTimeout(240_000);

const site = createTestSite('elastic-erase');
afterAll(site.cleanUp);

describeIfThere('erasing with the index in Elasticsearch', () => {
  const variables = {
    ...GENEROUS,
    FILAMENT_ELASTICSEARCH_URL: url,
    FILAMENT_ELASTICSEARCH_INDEX_PREFIX: PREFIX,
  };
  let data: string;
  let server: ServerProcess;
  let api: ApiClient;
  let ada: Person;
  let place: Place;

  const found = async (word: string): Promise<number> => {
    const { status, body } = await api.request(
      'GET',
      `/guilds/${place.guildId}/search?q=${word}&limit=50`,
      { token: ada.token },
    );
    if (status !== 200) return -1;
    return (body as { readonly message_ids: readonly string[] }).message_ids.length;
  };
  const isFound = (word: string, count: number) =>
    until(`${word} is found`, async () => (await found(word)) === count, CATCH_UP_MS);
  const ask = async (method: 'GET' | 'POST', where: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${url}/${PREFIX}-*/${where}`, {
      method,
      ...(body && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  };
  /** What the index itself finds, whatever the server makes of it, with all that it keeps of each document. */
  const inIndex = async (query: object): Promise<readonly unknown[]> => {
    await ask('POST', '_refresh');
    const asked = { size: 1_000, query, _source: true, stored_fields: ['*'] };
    const { hits } = (await ask('POST', '_search', asked)) as {
      readonly hits: { readonly hits: readonly unknown[] };
    };
    return hits.hits;
  };
  const hits = async (word: string): Promise<number> =>
    (await inIndex({ wildcard: { text: { value: `*${word.toLowerCase()}*` } } })).length;
  const say = (person: Person, text: string) =>
    api.post(person.token, place.guildId, place.channelId, text);
  const erase = (name: string, ...args: readonly string[]) =>
    runFilament(
      ['account', 'erase', name, '--yes', ...args],
      { ...variables, FILAMENT_DATA_DIR: data },
      CATCH_UP_MS,
    );
  /** Somebody whose name and words nobody else uses. */
  const someone = async (name: string, word: string): Promise<void> => {
    const person = await signUp(api, name);
    await api.joinGuild(person.token, place.guildId);
    await say(person, `${word} and again ${word}`);
    const { message_id: id } = await say(person, 'at first');
    await api.request(
      'PATCH',
      `/guilds/${place.guildId}/channels/${place.channelId}/messages/${id}`,
      { token: person.token, body: { content: `I am ${name}, says ${word}` } },
    );
    await isFound(word, 2);
    await isFound(name, 1);
    expect([await hits(word), await hits(name)]).toEqual([2, 1]);
  };
  const isGone = async (...words: readonly string[]) => {
    for (const word of words) {
      expect([word, await found(word), await hits(word)]).toEqual([word, 0, 0]);
      const kept = JSON.stringify(await inIndex({ match_all: {} })).toLowerCase();
      expect(kept).not.toContain(word.toLowerCase());
    }
  };

  beforeAll(async () => {
    data = site.newDataDirectory();
    server = await site.start(data, variables);
    api = clientOf(site, server);
    ada = await signUp(api, 'ada');
    place = await settle(api, ada);
    await say(ada, 'harbour');
    await isFound('harbour', 1);
  });
  afterAll(() => fetch(`${url}/${PREFIX}-*`, { method: 'DELETE' }));

  it('leaves no word and no name of them, which the receipt waits for', async () => {
    await someone('Narwhalina', 'narwhalword');
    const done = await erase('Narwhalina');
    expect([done.code, done.output]).toEqual([0, expect.stringContaining('Erased')]);
    await isGone('narwhalword', 'Narwhalina');
    await isFound('harbour', 1);
  });

  it('waits for the index without a server, which finishes it', async () => {
    await someone('Belugalina', 'belugaword');
    await server.stop();
    const early = await erase('Belugalina', '--wait', '1');
    expect([early.code, early.output]).toEqual([
      3,
      expect.stringContaining('All keys are destroyed'),
    ]);
    server = await site.start(data, variables);
    api = clientOf(site, server);
    ada = await signIn(api, 'ada', ada.password);
    await until(
      'there are two receipts',
      async () => {
        const { output } = await runFilament(['erasure', 'list', '--json'], {
          FILAMENT_DATA_DIR: data,
        });
        return (output.match(/"account":1/g) ?? []).length === 2;
      },
      CATCH_UP_MS,
    );
    await isGone('belugaword', 'Belugalina');
    await isFound('harbour', 1);
  });

  // What docs/operate.md asks for after an erasure; the index keeps what was deleted last for a while.
  it('keeps no deleted document once the index has let go of them', async () => {
    const left = async (): Promise<unknown> => {
      await ask('POST', '_forcemerge?only_expunge_deletes=true');
      await ask('POST', '_flush');
      const { _all: all } = (await ask('GET', '_stats/docs')) as {
        readonly _all: { readonly primaries: { readonly docs: Readonly<Record<string, number>> } };
      };
      const { count, deleted } = all.primaries.docs;
      return `${count} and ${deleted}`;
    };
    await until('one is left', async () => (await left()) === '1 and 0', LET_GO_MS);
  });
});
