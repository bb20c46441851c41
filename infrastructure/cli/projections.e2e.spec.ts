// Read models rebuilt, compared, taken back and dropped by command, beside the server that serves them.
import { type ApiClient } from '../api-client/api-client.ts';
import { clientOf, settle, signUp, type Person, type Place } from '../testing/people.ts';
import { type ServerProcess } from '../testing/server-process.ts';
import { createTestSite, GENEROUS, runFilament } from '../testing/test-site.ts';

jest.setTimeout(120_000);

const site = createTestSite('projections');
afterAll(site.cleanUp);

let server: ServerProcess;
let data: { readonly FILAMENT_DATA_DIR: string };
let api: ApiClient;
let ada: Person;
let place: Place;

beforeAll(async () => {
  const folder = site.newDataDirectory();
  data = { FILAMENT_DATA_DIR: folder };
  server = await site.start(folder, GENEROUS);
  api = clientOf(site, server);
  ada = await signUp(api, 'ada');
  place = await settle(api, ada);
});

const post = (content: string) => api.post(ada.token, place.guildId, place.channelId, content);
const newest = async (): Promise<string | undefined> => {
  const page = await api.history(ada.token, place.guildId, place.channelId, { limit: 1 });
  return page.messages[0]?.content;
};
const run = async (...args: readonly string[]) => {
  const { code, output } = await runFilament(['projections', ...args], data);
  return { code, output };
};

describe('filament projections', () => {
  it('rebuilds, says that nothing differed, goes back, and drops', async () => {
    await post('one');
    const rebuilt = await run('rebuild', 'messages', '--json');
    expect(rebuilt.code).toBe(0);
    expect(JSON.parse(rebuilt.output)).toMatchObject({
      rebuilt: [{ projection: 'messages', replaced: 'equal' }],
    });
    await post('two');
    expect(await newest()).toBe('two');
    expect((await run('status')).output).toContain('keptVersion');
    const back = await run('rollback', 'messages', '--json');
    expect(JSON.parse(back.output)).toMatchObject({ rolledBack: [{ projection: 'messages' }] });
    expect(await newest()).toBe('two');
    await post('three');
    expect(await newest()).toBe('three');
    const dropped = await run('drop', 'messages', '--json');
    expect(JSON.parse(dropped.output)).toEqual({
      dropped: [{ projection: 'messages', dropped: 'yes' }],
    });
    const nothing = await run('rollback', 'messages');
    expect(nothing.code).toBe(1);
    expect(nothing.output).toContain('No replaced tables of messages are kept');
    const acts = await runFilament(['audit', 'replay', '--json', '--actor', 'operator'], data);
    expect(acts.output.match(/"type":"\w+"/g)).toEqual([
      '"type":"ProjectionRebuilt"',
      '"type":"ProjectionRolledBack"',
      '"type":"ReplacedProjectionDropped"',
    ]);
  });

  it('verifies all of them', async () => {
    const { code, output } = await run('verify', '--json');
    expect([code, output.includes('"isEqual":false')]).toEqual([0, false]);
    expect(output).toContain('"name":"messages"');
  });

  it.each([
    [['rebuild', 'nonsense'], 1],
    [['rollback'], 2],
    [['verify', '--nonsense'], 2],
  ])('refuses %j', async (args, code) => {
    const refused = await run(...args);
    expect([refused.code, refused.output]).toEqual([code, expect.stringMatching(/\w/)]);
  });
});
