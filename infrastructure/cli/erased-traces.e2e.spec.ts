// What an erasure takes away beside words: pictures, friendships and keys, out of the data directory and of every backup
// from then on.
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ApiClient } from '../api-client/api-client.ts';
import { createPool, type Pool } from '../postgres/database.ts';
import { clientOf, settle, signUp, type Person, type Place } from '../testing/people.ts';
import { type ServerProcess } from '../testing/server-process.ts';
import {
  createTestSite,
  databaseUrl,
  GENEROUS,
  runFilament,
  runningPostgres,
  until,
} from '../testing/test-site.ts';
import { findInBackup, findInFolder, needlesOf, type Needle } from './testing/byte-scan.ts';
import { uploadFile, uploadPicture } from './testing/uploads.ts';

jest.setTimeout(240_000);

const CANARIES = ['Pangolina_Zz', 'pangolina_zz', 'pangolabout', 'pangolmessage', 'pangolfile'];
const [NAME, , ABOUT, MESSAGE, FILE] = CANARIES as [string, string, string, string, string];

const site = createTestSite('traces');
let folder: string;
let data: string;
let server: ServerProcess;
let api: ApiClient;
let ada: Person;
let bob: Person;
let erased: Person;
let place: Place;
let backupKey: Buffer;
let before: string; // A backup of when they were there
/** Salts of their keys, as bytes and as a table's copy writes them; hashes and ids of their pictures. */
let traces: readonly Needle[];

const run = (...args: readonly string[]) => runFilament(args, { FILAMENT_DATA_DIR: data });
const query = async <A>(work: (pool: Pool) => Promise<A>): Promise<A> => {
  const pool = createPool({ url: await databaseUrl(data), name: 'test', max: 1 });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
};
const backUp = async (): Promise<string> => {
  const to = path.join(folder, 'backups');
  const { output, code } = await run(
    ...['backup', 'create', '--to', to, '--key-file', path.join(folder, 'key'), '--json'],
  );
  if (code !== 0) throw new Error(output);
  return (JSON.parse(output) as { readonly folder: string }).folder;
};
const pictureOf = (kind: 'avatar' | 'banner') =>
  fetch(`${server.baseUrl}/users/${erased.userId}/${kind}`);
const ask = async (
  person: Person,
  method: 'GET' | 'POST' | 'PATCH',
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

/** Salts of all keys that are theirs alone. */
const saltsOf = async ({ userId }: Person): Promise<readonly Needle[]> =>
  query(async (pool) => {
    const { rows } = await pool.query<{ readonly scope: string; readonly salt: Buffer }>(
      `SELECT scope, salt FROM vault.data_keys
        WHERE scope = 'account:' || $1 OR scope ~ '^(message|attachment|picture):'`,
      [userId],
    );
    return rows.flatMap(({ scope, salt }) => [
      { name: `salt of ${scope}`, bytes: salt },
      { name: `salt of ${scope} as text`, bytes: Buffer.from(salt.toString('hex')) },
    ]);
  });
const hashesOf = async (): Promise<readonly string[]> => {
  const hashes: string[] = [];
  for (const kind of ['avatar', 'banner'] as const) {
    const answer = await pictureOf(kind);
    expect(answer.status).toBe(200);
    const bytes = Buffer.from(await answer.arrayBuffer());
    hashes.push(createHash('sha256').update(bytes).digest('hex'));
  }
  return hashes;
};
/** Bytes are named after their ids where they are stored. */
const storedNames = async (): Promise<readonly string[]> =>
  query(async (pool) => {
    const { rows } = await pool.query<{ readonly id: string }>(
      `SELECT split_part(scope, ':', 2) AS id FROM vault.data_keys WHERE scope ~ '^(attachment|picture):'`,
    );
    return rows.map(({ id }) => id);
  });

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'filament-traces-'));
  data = site.newDataDirectory();
  server = await site.start(data, GENEROUS);
  api = clientOf(site, server);
  ada = await signUp(api, 'ada');
  bob = await signUp(api, 'bob');
  erased = await signUp(api, NAME);
  place = await settle(api, ada);
  await ask(erased, 'PATCH', '/users/me/profile', { about_markdown: ABOUT });
  await uploadPicture(server, erased, 'avatar', '#13579b');
  await uploadPicture(server, erased, 'banner', '#b97531');
  await ask(erased, 'POST', `/guilds/${place.guildId}/join`);
  const id = await uploadFile(server, erased, place, { name: `${FILE}.txt`, bytes: FILE });
  await ask(erased, 'POST', `/guilds/${place.guildId}/channels/${place.channelId}/messages`, {
    ...{ content: MESSAGE, attachment_ids: [id] },
  });
  const { request_id: request } = await ask(erased, 'POST', '/friends/requests', {
    recipient_user_id: bob.userId,
  });
  await ask(bob, 'POST', `/friends/requests/${request}/accept`);
  await ask(ada, 'POST', '/friends/requests', { recipient_user_id: erased.userId });
  await run('backup', 'key', path.join(folder, 'key'));
  backupKey = Buffer.from((await readFile(path.join(folder, 'key'), 'utf8')).trim(), 'base64');
});
afterAll(async () => {
  await site.cleanUp();
  await rm(folder, { recursive: true });
});

const friendships = () =>
  query(async (pool) => {
    const found: number[] = [];
    for (const table of ['friends', 'friend_requests']) {
      const sql = `SELECT FROM rm_friendships.${table} AS each WHERE each::text LIKE '%' || $1 || '%'`;
      found.push((await pool.query(sql, [erased.userId])).rowCount ?? -1);
    }
    return found;
  });
const shownTo = async (person: Person): Promise<string> =>
  JSON.stringify([
    await ask(person, 'GET', '/friends'),
    await ask(person, 'GET', '/friends/requests'),
  ]);

it('ends their friendships and takes their pictures away', async () => {
  expect(await shownTo(bob)).toContain(erased.userId);
  expect(await shownTo(ada)).toContain(erased.userId);
  expect((await friendships()).every((rows) => rows > 0)).toBe(true);
  traces = [
    ...(await saltsOf(erased)),
    ...needlesOf(await hashesOf()),
    ...needlesOf(await storedNames()).map(({ name, bytes }) => ({ name: `id ${name}`, bytes })),
  ];
  before = await backUp();
  const done = await run('account', 'erase', erased.userId, '--yes', '--json');
  expect(done).toMatchObject({ code: 0 });
  expect(JSON.parse(done.output)).toMatchObject({
    receipt: { keys: { account: 1, message: 1, attachment: 1, picture: 2 } },
  });
  for (const kind of ['avatar', 'banner'] as const)
    expect((await pictureOf(kind)).status).toBe(404);
  expect(await shownTo(bob)).not.toContain(erased.userId);
  expect(await shownTo(ada)).not.toContain(erased.userId);
  expect(await friendships()).toEqual([0, 0]);
});

/** Ids stand in the log for ever, and on the list of destroyed keys; words, hashes, salts and bytes do not. */
const shouldBeGone = () => [
  ...needlesOf(CANARIES),
  ...traces.filter(({ name }) => !name.startsWith('id ')),
];

it('is in no backup that is made afterwards', async () => {
  const was = await findInBackup(before, backupKey, [...shouldBeGone(), ...traces]);
  for (const kind of ['account', 'message', 'attachment', 'picture'])
    expect(was.filter((each) => each.startsWith(`salt of ${kind}:`)).length).toBeGreaterThan(0);
  const files = traces.filter(({ name }) => name.startsWith('id '));
  expect(files).toHaveLength(3);
  expect(await findInBackup(before, backupKey, files)).toEqual(
    expect.arrayContaining(
      files.map(({ name }) => expect.stringMatching(`${name} in .*${name.slice(3)}`) as string),
    ),
  );
  const later = await backUp();
  expect(
    await run('backup', 'verify', later, '--key-file', path.join(folder, 'key')),
  ).toMatchObject({
    code: 0,
  });
  expect(await findInBackup(later, backupKey, shouldBeGone())).toEqual([]);
  const named = await findInBackup(later, backupKey, files);
  expect(named.filter((each) => !/ in (log\.events|vault\.destroyed_keys)$/.test(each))).toEqual(
    [],
  );
});

it('is in no byte of the data directory once the last traces are scrubbed', async () => {
  expect(await run('erasure', 'scrub')).toMatchObject({ code: 0 });
  await server.stop();
  await until('PostgreSQL is gone', async () => (await runningPostgres(data)) === undefined);
  expect(await findInFolder(data, shouldBeGone())).toEqual([]);
  const ids = await findInFolder(
    data,
    traces.filter(({ name }) => name.startsWith('id ')),
  );
  expect(ids.filter((each) => each.includes(' in the name of '))).toEqual([]);
});
