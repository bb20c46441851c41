// Erasing a person on a running server: what others hear and see, what is left of the bytes, and what a backup gives back.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ApiClient } from '../api-client/api-client.ts';
import { createPool, type Pool } from '../postgres/database.ts';
import {
  clientOf,
  frameOf,
  listen,
  listenIn,
  settle,
  signIn,
  signUp,
  type Person,
  type Place,
} from '../testing/people.ts';
import { type ServerProcess } from '../testing/server-process.ts';
import {
  beginFilament,
  createTestSite,
  databaseUrl,
  GENEROUS,
  runFilament,
  runningPostgres,
  until,
} from '../testing/test-site.ts';
import { findInFolder, needlesOf } from './testing/byte-scan.ts';
import { uploadFile } from './testing/uploads.ts';

jest.setTimeout(240_000);

/** Words that nobody else uses, one in each place where a person leaves something. */
const CANARIES = {
  name: 'Quokkalina_Zz',
  about: 'zanzibarquokkabout',
  message: 'zanzibarquokkamessage',
  edited: 'zanzibarquokkaedited',
  file: 'zanzibarquokkafile',
  reaction: 'zanzibarquokkareaction',
  bytes: 'zanzibarquokkabytes',
} as const;
// In a kept table's lexeme the name is lower case, in the account as typed.
const NEEDLES = needlesOf([...Object.values(CANARIES), CANARIES.name.toLowerCase()]);

const site = createTestSite('erase');
let folder: string;
let data: string;
let server: ServerProcess;
let api: ApiClient;
let ada: Person;
let erased: Person;
let place: Place;

const run = (...args: readonly string[]) => runFilament(args, { FILAMENT_DATA_DIR: data });
const query = async <A>(work: (pool: Pool) => Promise<A>): Promise<A> => {
  const pool = createPool({ url: await databaseUrl(data), name: 'test', max: 1 });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
};
const channelPath = () => `/guilds/${place.guildId}/channels/${place.channelId}`;

const findCanaries = (root: string) => findInFolder(root, NEEDLES);

const leaveTraces = async (person: Person): Promise<{ readonly messageId: string }> => {
  const { token } = person;
  await api.request('PATCH', '/users/me/profile', {
    token,
    body: { about_markdown: CANARIES.about },
  });
  await api.request('POST', `/guilds/${place.guildId}/join`, { token });
  const posted = await api.post(token, place.guildId, place.channelId, CANARIES.message);
  const edited = await api.post(token, place.guildId, place.channelId, 'to be edited');
  await api.request('PATCH', `${channelPath()}/messages/${edited.message_id}`, {
    token,
    body: { content: CANARIES.edited },
  });
  const file = { name: `${CANARIES.file}.txt`, bytes: CANARIES.bytes };
  const attachmentId = await uploadFile(server, person, place, file);
  await api.request('POST', `${channelPath()}/messages`, {
    token,
    body: { content: 'with a file', attachment_ids: [attachmentId] },
  });
  return { messageId: posted.message_id };
};

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'filament-erase-'));
  data = site.newDataDirectory();
  server = await site.start(data, GENEROUS);
  api = clientOf(site, server);
  ada = await signUp(api, 'ada');
  erased = await signUp(api, CANARIES.name);
  place = await settle(api, ada);
});
afterAll(async () => {
  await site.cleanUp();
  await rm(folder, { recursive: true });
});

it('is refused for an unknown person, without --yes, and for the last owner of others', async () => {
  expect(await run('account', 'erase', 'nobody_here')).toMatchObject({ code: 1 });
  await api.request('POST', `/guilds/${place.guildId}/join`, { token: erased.token });
  const owner = await run('account', 'erase', 'ada', '--yes');
  expect([owner.code, owner.output]).toEqual([1, expect.stringContaining(place.guildId)]);
  const unasked = await run('account', 'erase', erased.userId);
  expect([unasked.code, unasked.output]).toEqual([
    2,
    expect.stringContaining('Nothing was erased'),
  ]);
  const dry = await run('account', 'erase', CANARIES.name, '--dry-run', '--json');
  expect([dry.code, JSON.parse(dry.output)]).toMatchObject([
    0,
    { plan: { userId: erased.userId, guilds: [place.guildId] } },
  ]);
  await signIn(api, CANARIES.name, erased.password);
  const serverOwner = await runFilament(['account', 'erase', erased.userId, '--yes'], {
    FILAMENT_DATA_DIR: data,
    FILAMENT_SERVER_OWNER_USER_ID: erased.userId,
  });
  expect([serverOwner.code, serverOwner.output]).toEqual([
    1,
    expect.stringContaining('owner of the server'),
  ]);
});

it('takes everything of a person away, tells the others, and leaves a receipt', async () => {
  const { messageId } = await leaveTraces(erased);
  const adas = await api.post(ada.token, place.guildId, place.channelId, 'of somebody else');
  await api.request(
    'POST',
    `${channelPath()}/messages/${adas.message_id}/reactions/${CANARIES.reaction}`,
    { token: erased.token },
  );
  await api.request('POST', '/friends/requests', {
    token: erased.token,
    body: { recipient_user_id: ada.userId },
  });
  // The tables that this replaces know the name, and would never hear of the erasure.
  expect(await run('projections', 'rebuild', 'accounts')).toMatchObject({ code: 0 });
  const hears = await listenIn(site, api, ada, place);
  const theirs = await listen(site, api, erased);
  const receiptFile = path.join(folder, 'receipt.json');
  const done = await run('account', 'erase', erased.userId, '--yes', '--receipt', receiptFile);
  expect([done.code, done.output]).toEqual([0, expect.stringContaining('Erased')]);

  await hears.frame('account_erased');
  expect(frameOf(hears.heard(), 'account_erased')?.d.user_id).toBe(erased.userId);
  expect(frameOf(hears.heard(), 'message_delete')?.d.channel_id).toBe(place.channelId);
  await theirs.closed;
  await expect(api.me(erased.token)).rejects.toMatchObject({ status: 401 });
  await expect(api.refresh(erased.refreshToken)).rejects.toMatchObject({ status: 401 });
  await expect(api.login(CANARIES.name, erased.password)).rejects.toMatchObject({ status: 401 });
  const page = await api.history(ada.token, place.guildId, place.channelId, { limit: 100 });
  expect(page.messages.map(({ content, reactions }) => [content, reactions])).toEqual([
    ['of somebody else', []],
  ]);
  const profile = await api.request('GET', `/users/${erased.userId}/profile`, {
    token: ada.token,
  });
  expect(profile.status).toBe(404);

  const keys = await query((pool) =>
    pool.query('SELECT scope FROM vault.data_keys WHERE scope = ANY($1)', [
      [`account:${erased.userId}`, `message:${messageId}`],
    ]),
  );
  expect(keys.rowCount).toBe(0);
  expect(await run('log', 'verify')).toMatchObject({ code: 0 });

  const {
    key,
    user_id: whose,
    keys: count,
  } = JSON.parse(await readFile(receiptFile, 'utf8')) as {
    readonly key: string;
    readonly user_id: string;
    readonly keys: unknown;
  };
  expect([whose, count]).toEqual([
    erased.userId,
    { account: 1, message: 3, attachment: 1, picture: 0 },
  ]);
  const elsewhere = await runFilament(['erasure', 'verify', receiptFile, '--key', key], {});
  expect([elsewhere.code, elsewhere.output]).toEqual([0, expect.stringContaining('as signed')]);
  const altered = path.join(folder, 'altered.json');
  await writeFile(
    altered,
    (await readFile(receiptFile, 'utf8')).replace('"message": 3', '"message": 4'),
  );
  expect(await run('erasure', 'verify', altered)).toMatchObject({ code: 3 });
  const listed = await run('erasure', 'list', '--user', erased.userId, '--json');
  expect(JSON.parse(listed.output)).toMatchObject([{ user_id: erased.userId }]);
  // A second time changes nothing but the number of receipts.
  expect(await run('account', 'erase', erased.userId, '--yes')).toMatchObject({ code: 0 });
});

it('leaves no byte of them anywhere once the last traces are scrubbed', async () => {
  expect(await run('erasure', 'scrub')).toMatchObject({ code: 0 });
  await server.stop();
  await until('PostgreSQL is gone', async () => (await runningPostgres(data)) === undefined);
  expect(await findCanaries(data)).toEqual([]);
  await writeFile(path.join(data, 'scan-works'), `... ${CANARIES.message} ...`);
  expect(await findCanaries(data)).toEqual([`${CANARIES.message} in scan-works`]);
  await rm(path.join(data, 'scan-works'));
  server = await site.start(data, GENEROUS);
  api = clientOf(site, server);
  ada = await signIn(api, 'ada', ada.password);
});

it('is carried out to its end by the server when the command was killed', async () => {
  const grace = await signUp(api, 'grace_h');
  await api.request('POST', `/guilds/${place.guildId}/join`, { token: grace.token });
  for (let n = 0; n < 200; n += 1)
    await api.post(grace.token, place.guildId, place.channelId, `number ${n}`);
  const command = beginFilament(['account', 'erase', grace.userId, '--yes'], {
    FILAMENT_DATA_DIR: data,
  });
  // As soon as the log tells of it: most of the messages are still there.
  await query((pool) =>
    until('it has begun', async () => {
      const sql = `SELECT FROM log.events WHERE type = 'AccountErased' AND stream = $1`;
      return (await pool.query(sql, [`account-${grace.userId}`])).rowCount === 1;
    }),
  );
  await command.kill();
  await server.kill();
  server = await site.start(data, GENEROUS);
  api = clientOf(site, server);
  ada = await signIn(api, 'ada', ada.password);
  await until('there is a receipt', async () => {
    const { output } = await run('erasure', 'list', '--user', grace.userId, '--json');
    return output.includes('"message":200');
  });
  const { messages } = await api.history(ada.token, place.guildId, place.channelId, { limit: 100 });
  expect(messages.filter(({ content }) => content.startsWith('number'))).toEqual([]);
  expect(await run('log', 'verify')).toMatchObject({ code: 0 });
});

it('is finished by the server that starts next when there was none', async () => {
  const mary = await signUp(api, 'mary_s');
  await api.request('POST', `/guilds/${place.guildId}/join`, { token: mary.token });
  await api.post(mary.token, place.guildId, place.channelId, 'of mary');
  await server.stop();
  const alone = await run('account', 'erase', 'mary_s', '--yes', '--wait', '0');
  expect([alone.code, alone.output]).toEqual([
    3,
    expect.stringContaining('All keys are destroyed'),
  ]);
  // Nothing of it is in the read models yet, by which the server finds out what to finish.
  server = await site.start(data, GENEROUS);
  api = clientOf(site, server);
  ada = await signIn(api, 'ada', ada.password);
  await until('there is a receipt', async () => {
    const { output } = await run('erasure', 'list', '--user', mary.userId, '--json');
    return output.includes('"message":1');
  });
});

it('is not undone by the restore of a backup from before', async () => {
  const key = path.join(folder, 'key');
  const to = path.join(folder, 'backups');
  expect(await run('backup', 'key', key)).toMatchObject({ code: 0 });
  const backUp = async (): Promise<string> => {
    const { output } = await run('backup', 'create', '--to', to, '--key-file', key, '--json');
    return (JSON.parse(output) as { readonly folder: string }).folder;
  };
  const edith = await signUp(api, 'edith_c');
  await api.request('POST', `/guilds/${place.guildId}/join`, { token: edith.token });
  await api.post(edith.token, place.guildId, place.channelId, 'of edith');
  const before = await backUp();
  expect(await run('account', 'erase', 'edith_c', '--yes')).toMatchObject({ code: 0 });
  await backUp(); // Knows which keys are destroyed

  const restored = site.newDataDirectory();
  const done = await runFilament(['backup', 'restore', before, '--key-file', key], {
    FILAMENT_DATA_DIR: restored,
  });
  expect([done.code, done.output]).toEqual([0, expect.stringContaining('Restored')]);
  const second = await site.start(restored, GENEROUS);
  const other = clientOf(site, second);
  await expect(other.login('edith_c', edith.password)).rejects.toMatchObject({ status: 401 });
  const again = await signIn(other, 'ada', ada.password);
  await until('the restored server has erased her again', async () => {
    const page = await other.history(again.token, place.guildId, place.channelId, { limit: 100 });
    return page.messages.length === 1;
  });
  const members = await other.request('GET', `/guilds/${place.guildId}/members`, {
    token: again.token,
  });
  expect(JSON.stringify(members.body)).not.toContain(edith.userId);
  await second.kill();
});
