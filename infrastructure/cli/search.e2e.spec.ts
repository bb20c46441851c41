// The search index looked at, mended and rebuilt by command, beside the server that searches in it.
import { type ApiClient } from '../api-client/api-client.ts';
import { createPool } from '../postgres/database.ts';
import { clientOf, settle, signUp, type Person, type Place } from '../testing/people.ts';
import { createTestSite, databaseUrl, GENEROUS, runFilament, until } from '../testing/test-site.ts';

jest.setTimeout(120_000);

const site = createTestSite('search-command');
afterAll(site.cleanUp);

let data: string;
let output: () => string;
let api: ApiClient;
let ada: Person;
let place: Place;

beforeAll(async () => {
  data = site.newDataDirectory();
  const server = await site.start(data, { ...GENEROUS, FILAMENT_LOG_LEVEL: 'debug' });
  ({ output } = server);
  api = clientOf(site, server);
  ada = await signUp(api, 'ada');
  place = await settle(api, ada);
  for (const text of ['a heron', 'two herons', 'no bird at all'])
    await api.post(ada.token, place.guildId, place.channelId, text);
});

const run = (...args: readonly string[]) =>
  runFilament(['search', ...args], { FILAMENT_DATA_DIR: data });
const hits = async (): Promise<number> =>
  (await api.search(ada.token, place.guildId, 'heron', 10)).message_ids.length;

describe('filament search', () => {
  it('says where the index stands, and the server tells of each batch', async () => {
    await until('it is found', async () => (await hits()) > 0);
    const { code, output: told } = await run('status', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(told)).toMatchObject({ documents: 3, parked: 0 });
    await until('the log tells of it', () => output().includes('"event":"search.index.batch"'));
  });

  it('mends what is missing, and rebuilds', async () => {
    const before = await hits();
    const pool = createPool({ url: await databaseUrl(data), name: 'test', max: 1 });
    await pool.query('DELETE FROM rm_search.doc WHERE seq = 0');
    await pool.end();
    expect(await hits()).toBe(before - 1);
    const mended = await run('reconcile', place.guildId, '--json');
    expect(mended.code).toBe(0);
    expect(JSON.parse(mended.output)).toMatchObject({
      guilds: [{ guild: place.guildId, upserted: 1, deleted: 0, remaining: 0 }],
    });
    expect(await hits()).toBe(before);
    const rebuilt = await run('rebuild', '--json');
    expect(rebuilt.code).toBe(0);
    expect(await hits()).toBe(before);
  });

  it.each([
    [['reconcile', 'nonsense'], 1],
    [['status', '--nonsense'], 2],
    [['nonsense'], 2],
  ])('refuses %j', async (args, code) => {
    const refused = await run(...args);
    expect([refused.code, refused.output]).toEqual([code, expect.stringMatching(/\w/)]);
  });
});
