// Exporting a person on a real server: all that is theirs, opened with the ordinary tar, and nothing of anybody else.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type ApiClient } from '../api-client/api-client.ts';
import { createPool, type Pool } from '../postgres/database.ts';
import { clientOf, settle, signIn, signUp, type Person, type Place } from '../testing/people.ts';
import { type ServerProcess } from '../testing/server-process.ts';
import {
  beginFilament,
  createTestSite,
  databaseUrl,
  GENEROUS,
  runFilament,
  until,
} from '../testing/test-site.ts';
import { uploadFile, uploadPicture } from './testing/uploads.ts';

jest.setTimeout(240_000);

const run = promisify(execFile);

/** Words of the person that is exported, one in each place where somebody leaves something. */
const HERS = {
  formerName: 'Wombatina_Old',
  name: 'Wombatina_New',
  about: 'wombatabout',
  message: 'wombatmessage',
  edited: 'wombatedited',
  deleted: 'wombatdeleted',
  moderated: 'wombatmoderated',
  file: 'wombatfile',
  bytes: 'wombatbytes',
  reaction: 'wombatreaction',
  guild: 'wombatguild',
  channel: 'wombatchannel',
  kick: 'wombatkickreason',
  otherMessage: 'wombatonhismessage', // What she wrote in the place of somebody else's words
};
/** Reasons that others gave about her. */
const ABOUT_HER = { timeout: 'numbattimeoutreason', ban: 'numbatbanreason' };
/** Words of others, in the same places. */
const OTHERS = {
  name: 'Echidnabob',
  about: 'echidnaabout',
  message: 'echidnamessage',
  file: 'echidnafile',
  bytes: 'echidnabytes',
  reaction: 'echidnareaction',
  guild: 'echidnaguild',
  timeout: 'echidnatimeoutreason',
  overHers: 'echidnaoverhers', // What a moderator put in the place of her words
};

const site = createTestSite('export');
let folder: string;
let data: string;
let server: ServerProcess;
let api: ApiClient;
let ada: Person;
let bob: Person;
let her: Person;
let place: Place;
let hersId: string; // Her own guild

const filament = (...args: readonly string[]) => runFilament(args, { FILAMENT_DATA_DIR: data });
const exportTo = (user: string, file: string, ...args: readonly string[]) =>
  filament('account', 'export', '--user', user, '--to', file, ...args);
const query = async <A>(work: (pool: Pool) => Promise<A>): Promise<A> => {
  const pool = createPool({ url: await databaseUrl(data), name: 'test', max: 1 });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
};

const ask = async (
  person: Person,
  method: 'POST' | 'PATCH' | 'DELETE',
  where: string,
  body?: unknown,
) => {
  const answer = await api.request(method, where, {
    token: person.token,
    ...(body !== undefined && { body }),
  });
  if (answer.status >= 300) throw new Error(`${method} ${where}: ${answer.status}`);
  return answer.body as Readonly<Record<string, string>>;
};
const inChannel = ({ guildId, channelId }: Place) => `/guilds/${guildId}/channels/${channelId}`;

const fileOf = (
  person: Person,
  { file, bytes }: { readonly file: string; readonly bytes: string },
) => uploadFile(server, person, place, { name: `${file}.txt`, bytes });
const say = async (person: Person, content: string, attachment_ids?: readonly string[]) =>
  (
    await ask(person, 'POST', `${inChannel(place)}/messages`, {
      content,
      ...(attachment_ids && { attachment_ids }),
    })
  )['message_id']!;

const leaveHers = async (): Promise<void> => {
  await ask(her, 'PATCH', '/users/me/profile', {
    ...{ username: HERS.name, about_markdown: HERS.about },
  });
  await uploadPicture(server, her, 'avatar', '#123456');
  await uploadPicture(server, her, 'avatar', '#654321');
  await uploadPicture(server, her, 'banner', '#abcdef');
  await ask(her, 'POST', `/guilds/${place.guildId}/join`);
  await say(her, HERS.message);
  const edited = await say(her, 'at first');
  await ask(her, 'PATCH', `${inChannel(place)}/messages/${edited}`, { content: HERS.edited });
  const deleted = await say(her, HERS.deleted);
  await ask(her, 'DELETE', `${inChannel(place)}/messages/${deleted}`);
  const moderated = await say(her, HERS.moderated);
  await ask(ada, 'PATCH', `${inChannel(place)}/messages/${moderated}`, {
    content: OTHERS.overHers,
  });
  await say(her, 'with a file', [await fileOf(her, HERS)]);
  const { guild_id: guildId } = await ask(her, 'POST', '/guilds', {
    ...{ name: HERS.guild, visibility: 'public' },
  });
  hersId = guildId!;
  const { channel_id: channelId } = await ask(her, 'POST', `/guilds/${hersId}/channels`, {
    name: HERS.channel,
  });
  await ask(bob, 'POST', `/guilds/${hersId}/join`);
  const { message_id: his } = await ask(
    ...([bob, 'POST', `/guilds/${hersId}/channels/${channelId}/messages`] as const),
    { content: OTHERS.message },
  );
  await ask(her, 'PATCH', `/guilds/${hersId}/channels/${channelId}/messages/${his}`, {
    content: HERS.otherMessage,
  });
  await ask(her, 'POST', `/guilds/${hersId}/members/${bob.userId}/kick`, { reason: HERS.kick });
};

const leaveOthers = async (): Promise<void> => {
  await ask(bob, 'PATCH', '/users/me/profile', { about_markdown: OTHERS.about });
  await ask(bob, 'POST', `/guilds/${place.guildId}/join`);
  const his = await say(bob, OTHERS.message);
  await say(bob, 'with a file', [await fileOf(bob, OTHERS)]);
  const react = (person: Person, id: string, emoji: string) =>
    ask(person, 'POST', `${inChannel(place)}/messages/${id}/reactions/${emoji}`);
  await react(her, his, HERS.reaction);
  await react(bob, await say(her, 'that he reacts to'), OTHERS.reaction);
  const { request_id: id } = await ask(bob, 'POST', '/friends/requests', {
    recipient_user_id: her.userId,
  });
  await ask(her, 'POST', `/friends/requests/${id}/accept`);
  const member = (person: Person) => `/guilds/${place.guildId}/members/${person.userId}`;
  const until_unix = Math.floor(Date.now() / 1000) + 3_600;
  await ask(ada, 'POST', `${member(bob)}/timeout`, { until_unix, reason: OTHERS.timeout });
  await ask(ada, 'POST', `${member(her)}/timeout`, { until_unix, reason: ABOUT_HER.timeout });
  await ask(ada, 'POST', `${member(her)}/ban`, { reason: ABOUT_HER.ban });
};

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'filament-export-'));
  data = site.newDataDirectory();
  server = await site.start(data, GENEROUS);
  api = clientOf(site, server);
  ada = await signUp(api, 'ada');
  bob = await signUp(api, OTHERS.name);
  her = await signUp(api, HERS.formerName);
  place = await settle(api, ada);
  await ask(ada, 'PATCH', `/guilds/${place.guildId}`, { name: OTHERS.guild });
  await leaveHers();
  await leaveOthers();
});
afterAll(async () => {
  await site.cleanUp();
  await rm(folder, { recursive: true });
});

type Line = Readonly<Record<string, unknown>>;
type Unpacked = {
  readonly root: string;
  readonly everything: Buffer;
  readonly lines: (name: string) => Promise<readonly Line[]>;
  readonly json: (name: string) => Promise<Line>;
};

let unpackedCount = 0;
/** Unpacks with the tar that everybody has. */
const unpack = async (file: string, userId: string): Promise<Unpacked> => {
  const into = path.join(folder, `unpacked-${(unpackedCount += 1)}`);
  await mkdir(into);
  await run('tar', ['-xf', file, '-C', into]);
  expect(await readdir(into)).toEqual([`filament-${userId}`]);
  const root = path.join(into, `filament-${userId}`);
  const text = (name: string) => readFile(path.join(root, name), 'utf8');
  return {
    root,
    everything: await readFile(file),
    lines: async (name) =>
      (await text(`${name}.jsonl`))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Line),
    json: async (name) => JSON.parse(await text(name)) as Line,
  };
};
const missing = (bytes: Buffer, words: Readonly<Record<string, string>>) =>
  Object.values(words).filter((word) => !bytes.includes(word));
const found = (bytes: Buffer, words: Readonly<Record<string, string>>) =>
  Object.values(words).filter((word) => bytes.includes(word));
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

it('says what is wrong, and writes nothing then', async () => {
  const file = path.join(folder, 'refused.tar');
  const unknown = await exportTo('nobody_here', file);
  expect([unknown.code, unknown.output]).toEqual([
    1,
    'There is no account nobody_here. Give a user id, or a name.\n',
  ]);
  expect(await filament('account', 'export', '--user', 'ada')).toMatchObject({ code: 2 });
  const nowhere = await exportTo('ada', path.join(folder, 'no such folder', 'ada.tar'));
  expect([nowhere.code, nowhere.output]).toEqual([
    1,
    expect.stringContaining("can't be written to"),
  ]);
  await writeFile(file, 'something else');
  const taken = await exportTo('ada', file);
  expect([taken.code, taken.output]).toEqual([1, expect.stringContaining('is there already')]);
  expect(await readFile(file, 'utf8')).toBe('something else');
  await rm(file);
  expect(await readdir(folder)).toEqual([]);
  const audit = await filament('audit', 'replay', '--type', 'AccountExported', '--json');
  expect(audit.output).toBe('');
});

it('has all that is hers, and nothing of anybody else', async () => {
  const file = path.join(folder, 'hers.tar');
  const done = await exportTo(HERS.name, file, '--json');
  expect(done).toMatchObject({ code: 0 });
  const { everything, lines, json, root } = await unpack(file, her.userId);
  expect(missing(everything, { ...HERS, ...ABOUT_HER })).toEqual([]);
  expect(found(everything, OTHERS)).toEqual([]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await readdir(folder)).filter((name) => name.includes('.part'))).toEqual([]);

  const told = JSON.parse(done.output) as { sha256: string; position: string; bytes: number };
  expect([told.sha256, told.bytes]).toEqual([sha256(everything), everything.length]);
  const manifest = await json('manifest.json');
  expect(manifest).toMatchObject({
    ...{ filament_account_export: 1, user_id: her.userId, position: told.position },
    ...{ erased_at: null, unreadable_events: 0, unreadable_files: 0 },
  });
  for (const { name, sha256: sum, bytes, lines: count } of manifest['files'] as {
    readonly name: string;
    readonly sha256: string;
    readonly bytes: number;
    readonly lines?: number;
  }[]) {
    const content = await readFile(path.join(root, name));
    expect([name, sha256(content), content.length]).toEqual([name, sum, bytes]);
    if (count !== undefined) expect(content.toString().split('\n').length - 1).toBe(count);
  }
  expect(await json('account.json')).toMatchObject({
    ...{ user_id: her.userId, username: HERS.name, about_markdown: HERS.about, erased_at: null },
    password_changed_at: expect.any(String) as string,
  });
  const messages = await lines('messages');
  expect(messages).toMatchObject([
    { content: HERS.message, edited_at: null, deleted_at: null, replaced_by_other: false },
    { content: HERS.edited, edited_at: expect.any(String) as string },
    { content: HERS.deleted, deleted_at: expect.any(String) as string, deleted_by_self: true },
    { content: HERS.moderated, replaced_by_other: true },
    { content: 'with a file' },
    { content: 'that he reacts to' },
  ]);
  expect(await lines('guilds')).toMatchObject([
    { guild_id: place.guildId, is_member: false, is_banned: true, is_owner: false },
    { guild_id: hersId, is_member: true, is_owner: true, is_creator: true },
  ]);
  expect((await lines('moderation')).map(({ event, reason }) => [event, reason])).toEqual([
    ['MessageEdited', undefined],
    ['MemberTimedOut', ABOUT_HER.timeout],
    ['MemberBanned', ABOUT_HER.ban],
  ]);
  expect(
    (await lines('friendships')).map(({ event, other_user_id }) => [event, other_user_id]),
  ).toEqual([
    ['FriendRequested', bob.userId],
    ['FriendRequestAccepted', bob.userId],
  ]);
  expect(await lines('stored-sessions')).toMatchObject([{ revoked_at: null }]);
  expect(await lines('sessions')).toMatchObject([{ event: 'SessionStarted' }]);
  const [attachment] = await lines('attachments');
  const bytes = await readFile(path.join(root, String(attachment?.['file'])));
  expect([bytes.toString(), attachment?.['filename'], attachment?.['sha256_hex']]).toEqual([
    ...[HERS.bytes, `${HERS.file}.txt`, sha256(bytes)],
  ]);
  const pictures = await lines('pictures');
  expect(pictures.map(({ kind, file_state }) => [kind, file_state])).toEqual([
    ['avatar', 'destroyed'], // Replaced by the next
    ['avatar', 'given'],
    ['banner', 'given'],
  ]);
  for (const { file: name, sha256_hex: sum } of pictures.slice(1))
    expect(sha256(await readFile(path.join(root, String(name))))).toBe(sum);
});

it('has no secret, and is recorded', async () => {
  const file = path.join(folder, 'hers.tar');
  const bytes = await readFile(file);
  const { secrets, raw } = await query(async (pool) => ({
    secrets: (
      await pool.query<{ readonly text: string }>('SELECT phc AS text FROM vault.passwords')
    ).rows.map(({ text }) => text),
    raw: (
      await pool.query<{ readonly bytes: Buffer }>(
        `SELECT salt AS bytes FROM vault.data_keys UNION ALL SELECT refresh_hash FROM vault.sessions
         UNION ALL SELECT address_key FROM vault.ip_observations`,
      )
    ).rows.map((row) => row.bytes),
  }));
  const forms = raw.flatMap((each) => [
    each,
    ...(['hex', 'base64', 'base64url'] as const).map((form) => each.toString(form)),
  ]);
  const people = [her, bob, ada].flatMap(({ token, refreshToken, password }) => [
    token,
    refreshToken,
    password,
  ]);
  expect(forms.length).toBeGreaterThan(20);
  expect([...secrets, ...people, '127.0.0.1'].filter((secret) => bytes.includes(secret))).toEqual(
    [],
  );
  expect(forms.filter((form) => bytes.includes(form))).toEqual([]);
  const audit = await filament('audit', 'replay', '--type', 'AccountExported', '--json');
  expect(JSON.parse(audit.output)).toMatchObject({
    ...{ actor: 'operator', data: { userId: her.userId } },
  });
  expect(await filament('log', 'verify')).toMatchObject({ code: 0 });
});

it('leaves nothing when it is ended, and no half file when it is killed', async () => {
  for (let n = 0; n < 300; n += 1) await say(ada, `number ${n} ${'x'.repeat(1_500)}`);
  const isBegun = async () => (await readdir(folder)).some((name) => name.startsWith('ended.tar'));
  const begin = () =>
    beginFilament(['account', 'export', '--user', 'ada', '--to', path.join(folder, 'ended.tar')], {
      FILAMENT_DATA_DIR: data,
    });
  const ended = begin();
  await until('it has begun', isBegun);
  const outcome = await ended.kill('SIGTERM');
  const left = await readdir(folder);
  // It may have been done before the signal came; else there is no trace.
  if (outcome.code === 0) await rm(path.join(folder, 'ended.tar'));
  else expect([outcome.code, left.filter((name) => name.startsWith('ended'))]).toEqual([1, []]);

  const killed = begin();
  await until('it has begun', isBegun);
  await killed.kill('SIGKILL');
  for (const name of await readdir(folder)) {
    if (name === 'ended.tar') await unpack(path.join(folder, name), ada.userId);
    if (name.startsWith('ended.tar')) await rm(path.join(folder, name), { recursive: true });
  }
});

it('works without a server, and says of an erased account that it is', async () => {
  const erasing = await filament('account', 'erase', bob.userId, '--yes');
  expect(erasing).toMatchObject({ code: 0 });
  await server.stop();
  const alone = path.join(folder, 'alone.tar');
  expect(await exportTo(her.userId, alone)).toMatchObject({ code: 0 });
  const hers = await unpack(alone, her.userId);
  // Reasons about him and reactions to what he wrote stand under his keys, and went with his account.
  expect(missing(hers.everything, { ...HERS, ...ABOUT_HER })).toEqual([
    ...[HERS.reaction, HERS.kick, HERS.otherMessage],
  ]);
  expect((await hers.lines('profile')).map(({ event }) => event)).toContain('AccountExported');

  const file = path.join(folder, 'his.tar');
  const done = await exportTo(bob.userId, file);
  expect([done.code, done.output]).toEqual([
    0,
    expect.stringContaining('The account was erased on'),
  ]);
  const { everything, json, lines } = await unpack(file, bob.userId);
  expect(found(everything, { ...OTHERS, ...HERS })).toEqual([]);
  expect(await json('manifest.json')).toMatchObject({ erased_at: expect.any(String) as string });
  expect(await json('account.json')).toMatchObject({ username: null, password_changed_at: null });
  for (const { content } of await lines('messages')) expect(content).toBeNull();
  expect(await exportTo(OTHERS.name, path.join(folder, 'by-name.tar'))).toMatchObject({ code: 1 });

  server = await site.start(data, GENEROUS);
  api = clientOf(site, server);
  ada = await signIn(api, 'ada', ada.password);
});
