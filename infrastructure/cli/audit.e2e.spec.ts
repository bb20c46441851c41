// The command on the data of a real server, beside it and alone.
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { type ApiClient } from '../api-client/api-client.ts';
import { clientOf, settle, signUp, type Person, type Place } from '../testing/people.ts';
import { type ServerProcess } from '../testing/server-process.ts';
import {
  beginFilament,
  createTestSite,
  GENEROUS,
  runFilament,
  until,
} from '../testing/test-site.ts';

jest.setTimeout(120_000);

const SECRET = 'the heron nests by the third lock';
const site = createTestSite('audit');
afterAll(site.cleanUp);

let server: ServerProcess;
let data: { readonly FILAMENT_DATA_DIR: string };
let api: ApiClient;
let ada: Person;
let bob: Person;
let place: Place;

beforeAll(async () => {
  const folder = site.newDataDirectory();
  data = { FILAMENT_DATA_DIR: folder };
  server = await site.start(folder, GENEROUS);
  api = clientOf(site, server);
  [ada, bob] = [await signUp(api, 'ada'), await signUp(api, 'bob')];
  place = await settle(api, ada);
  await api.joinGuild(bob.token, place.guildId);
  const { message_id: message } = await api.post(bob.token, place.guildId, place.channelId, SECRET);
  const path = `/guilds/${place.guildId}/channels/${place.channelId}/messages/${message}`;
  await api.request('DELETE', path, { token: ada.token });
});

const Row = t.type({
  position: t.string,
  time: t.string,
  type: t.string,
  actions: t.array(t.string),
  actor: t.string,
  guild_id: t.union([t.string, t.null]),
  correlation_id: t.string,
  data: t.UnknownRecord,
});
const rowsOf = (output: string): readonly t.TypeOf<typeof Row>[] =>
  output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const row = Row.decode(JSON.parse(line));
      if (isLeft(row)) throw new Error(`not a row: ${line}`);
      return row.right;
    });
const replay = (...args: readonly string[]) => runFilament(['audit', 'replay', ...args], data);
const rows = async (...args: readonly string[]) => {
  const { code, output } = await replay('--json', ...args);
  expect([code, code === 0 ? '' : output]).toEqual([0, '']);
  return rowsOf(output);
};

describe('filament audit replay', () => {
  it('tells what happened, in the order of the log, by whatever is asked for', async () => {
    const all = await rows('--guild', place.guildId);
    expect(all.map(({ type }) => type)).toEqual([
      'GuildSlotTaken',
      'GuildCreated',
      ...Array.from({ length: 4 }, () => 'RoleCreated'),
      'MemberJoined',
      'MemberRoleAssigned',
      'ChannelCreated',
      'MemberJoined',
      'DirectoryJoinDecided',
      'MessagePosted',
      'MessageDeleted',
    ]);
    expect([...all].sort((a, b) => (a.position < b.position ? -1 : 1))).toEqual(all);
    const deleted = all.at(-1)!;
    expect(deleted).toMatchObject({
      type: 'MessageDeleted',
      actions: ['message.delete.moderation'],
      actor: `user:${ada.userId}`,
      guild_id: place.guildId,
      data: { authorId: bob.userId },
    });
    const only = async (...args: readonly string[]) =>
      (await rows(...args)).map(({ type }) => type);
    expect(await only('--action', 'message.')).toEqual(['MessageDeleted']);
    expect(await only('--type', 'messageposted')).toEqual(['MessagePosted']);
    expect(await only('--correlation', deleted.correlation_id)).toEqual(['MessageDeleted']);
    expect(await only('--from', deleted.position)).toEqual(['MessageDeleted']);
    expect(await only('--to', '1', '--limit', '5')).toHaveLength(1);
    expect(await only('--since', deleted.time, '--guild', place.guildId)).toContain(
      'MessageDeleted',
    );
    expect(await only('--until', '2020-01-01')).toEqual([]);
    expect(new Set((await rows('--actor', bob.userId)).map(({ actor }) => actor))).toEqual(
      new Set([`user:${bob.userId}`]),
    );
    expect(await rows('--guild', place.guildId, '--limit', '2')).toEqual(all.slice(0, 2));
  });

  it('shows what people wrote only when told to, which is itself recorded', async () => {
    const posted = ['--type', 'MessagePosted'];
    const [hidden] = await rows(...posted);
    expect(hidden!.data['content']).toBe('(sealed)');
    expect((await replay()).output).not.toContain(SECRET);
    expect(await rows('--type', 'SealedTextsRevealed')).toEqual([]);
    const [shown] = await rows(...posted, '--reveal');
    expect(shown!.data['content']).toBe(SECRET);
    const text = await replay(...posted, '--reveal');
    expect(text.output).toContain(`content="${SECRET}"`);
    const acts = await rows('--type', 'SealedTextsRevealed');
    expect(acts).toHaveLength(2);
    expect(acts[0]).toMatchObject({ actor: 'operator', data: { eventType: 'MessagePosted' } });
  });

  it('follows what happens, until it is stopped', async () => {
    const run = beginFilament(
      ['audit', 'replay', '--type', 'ChannelCreated', '--follow', '--json'],
      data,
    );
    await until('the first channel is told', () => rowsOf(run.soFar()).length === 1);
    await api.createChannel(ada.token, place.guildId, 'second');
    await until('the second channel is told', () => rowsOf(run.soFar()).length === 2);
    expect((await run.kill('SIGINT')).code).toBe(0);
  });

  it('answers who could do what then, and through what', async () => {
    const [joined] = await rows('--type', 'DirectoryJoinDecided');
    const where = ['--guild', place.guildId, '--channel', place.channelId];
    const before = String(BigInt(joined!.position) - 2n); // Before the membership that it decided on
    const people = async (moment: string, ...args: readonly string[]) => {
      const { code, output } = await replay('--as-of', moment, ...where, ...args, '--json');
      expect(code).toBe(0);
      return JSON.parse(output) as { people: { user_id: string; sees_channel: boolean }[] };
    };
    expect((await people(before)).people.map(({ user_id }) => user_id)).toEqual([ada.userId]);
    expect((await people(joined!.position)).people).toMatchObject(
      [ada, bob]
        .map(({ userId }) => ({ user_id: userId, sees_channel: true }))
        .sort((a, b) => (a.user_id < b.user_id ? -1 : 1)),
    );
    expect((await people(before, '--user', bob.userId)).people).toMatchObject([
      { user_id: bob.userId, sees_channel: false, refusal: 'NotAMember' },
    ]);
    const text = await replay('--as-of', joined!.time, ...where, '--user', ada.userId);
    expect(text.output).toMatch(
      /ban_member +yes +owns the guild by role \w{26} \(workspace_owner\)/,
    );
    const table = await replay('--as-of', '2100-01-01', ...where);
    expect(table.output).toMatch(new RegExp(`${bob.userId} +member +yes +role .*\\(everyone\\)`));
    expect(table.output).not.toContain('general');
  });

  it('says what is wrong with what it is told, and with what is not there', async () => {
    const wrong = [
      ['--guild', 'x'],
      ['--actor', 'somebody'],
      ['--type', 'Nothing'],
      ['--action', 'Member'],
      ['--since', 'yesterday'],
      ['--since', '2026-13-01'],
      ['--from', '-1'],
      ['--correlation', '1'],
      ['--limit', '0'],
      ['--channel', place.channelId],
      ['--as-of', '2026-01-01'],
      ['--as-of', '2026-01-01', '--guild', place.guildId],
      ['--as-of', '1', '--guild', place.guildId, '--channel', place.channelId, '--reveal'],
    ];
    for (const args of wrong) {
      const { code, output } = await replay(...args);
      expect([args, code]).toEqual([args, 2]);
      expect(output).toContain('(add --help for what it takes)');
    }
    const where = ['--guild', place.guildId, '--channel', place.channelId];
    for (const [args, told] of [
      [['--as-of', '999999', ...where], 'No event stands at that position'],
      [['--as-of', '2020-01-01', ...where], 'There was no guild'],
    ] as const) {
      const { code, output } = await replay(...args);
      expect(code).toBe(1);
      expect(output).toContain(told);
    }
    const help = await replay('--help');
    expect([help.code, help.output.includes('npx filament audit replay --as-of')]).toEqual([
      0,
      true,
    ]);
    expect(await replay('--until', '2020-01-01')).toEqual({
      code: 0,
      output: 'No event of the log is of that kind.\n',
    });
  });

  it('works alone as well', async () => {
    expect(await server.stop()).toBe(0);
    expect((await rows('--action', 'message.')).map(({ type }) => type)).toEqual([
      'MessageDeleted',
    ]);
  });
});
