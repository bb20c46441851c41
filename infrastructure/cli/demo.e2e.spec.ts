// `filament demo seed` beside a real server.
import * as t from 'io-ts';
import { isLeft } from 'fp-ts/lib/Either.js';
import { Guild } from '../../application/contract/answers.ts';
import { clientOf, signIn } from '../testing/people.ts';
import { createTestSite, GENEROUS, runFilament } from '../testing/test-site.ts';

jest.setTimeout(180_000);

const site = createTestSite('demo-seed');
afterAll(site.cleanUp);

const Seeded = t.type({
  ...{ people: t.number, guilds: t.number, channels: t.number, messages: t.number },
  ...{ password: t.string, owner: t.string, people_names: t.array(t.string) },
});
const Guilds = t.type({ guilds: t.array(Guild) });

it('fills an empty server, and no other unless told', async () => {
  const data = site.newDataDirectory();
  const server = await site.start(data, GENEROUS);
  const seed = (...args: readonly string[]) =>
    runFilament(['demo', 'seed', '--url', server.baseUrl, ...args], { FILAMENT_DATA_DIR: data });

  const first = await seed('--messages', '61', '--json');
  expect(first.code).toBe(0);
  const seeded = Seeded.decode(JSON.parse(first.output));
  if (isLeft(seeded)) throw new Error(first.output);
  expect(seeded.right).toMatchObject({ people: 20, guilds: 3, channels: 7, messages: 61 });

  const api = clientOf(site, server);
  const { owner: name, password } = seeded.right;
  const owner = await signIn(api, name, password);
  const list = await api.request('GET', '/guilds', { token: owner.token });
  const guilds = Guilds.decode(list.body);
  if (isLeft(guilds)) throw new Error(JSON.stringify(list.body));
  expect(guilds.right.guilds.map((guild) => guild.name)).toContain('Lantern Street');

  const again = await seed();
  expect(again).toMatchObject({
    code: 1,
    output: expect.stringContaining('--into-existing') as string,
  });
  const taken = await seed('--into-existing');
  expect(taken).toMatchObject({
    code: 1,
    output: expect.stringContaining('another --seed') as string,
  });
  const other = await seed('--into-existing', '--seed', '2', '--messages', '0');
  expect(other.code).toBe(0);
  expect(other.output).toContain('Each signs in with the password');
});

it('says what to do when no server is there, or too much is asked for', async () => {
  const data = site.newDataDirectory();
  const run = (...args: readonly string[]) =>
    runFilament(['demo', 'seed', ...args], { FILAMENT_DATA_DIR: data });
  const nobody = await run('--url', 'http://127.0.0.1:9');
  expect(nobody).toMatchObject({
    code: 1,
    output: expect.stringContaining('filament serve') as string,
  });
  const tooMany = await run('--messages', '50001');
  expect(tooMany).toMatchObject({ code: 2, output: expect.stringContaining('50000') as string });
  expect((await run('--help')).output).toContain('npx filament demo seed --messages 1000');
});
