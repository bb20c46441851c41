// A restored message and the rounds that destroy the keys of deleted ones: on a real server, over its restart.
import * as t from 'io-ts';
import { type ApiClient } from '../api-client/api-client.ts';
import { createPool, queryRows } from '../postgres/database.ts';
import { migrate } from '../postgres/migrations.ts';
import { clientOf, settle, signUp } from '../testing/people.ts';
import {
  createTestSite,
  databaseUrl,
  type Finished,
  GENEROUS,
  runFilament,
  until,
} from '../testing/test-site.ts';
import { createErasureLock } from '../erasure/erasure-lock.ts';

jest.setTimeout(180_000);

const site = createTestSite('undo-erasure');
afterAll(site.cleanUp);

const next = (position: string) => String(BigInt(position) + 1n).padStart(20, '0');
const NO_GRACE = { ...GENEROUS, FILAMENT_ERASURE_GRACE_SECS: '0' };

it('keeps the key of what was restored, and says what came too late', async () => {
  const folder = site.newDataDirectory();
  const data = { FILAMENT_DATA_DIR: folder };
  const first = await site.start(folder, GENEROUS);
  const api = clientOf(site, first);
  const owner = await signUp(api, 'owner');
  const bob = await signUp(api, 'bob');
  const { guildId, channelId } = await settle(api, owner);
  await api.joinGuild(bob.token, guildId);
  const at = `/guilds/${guildId}/channels/${channelId}/messages`;
  const ids: string[] = [];
  for (const text of ['restored', 'restored and deleted again'])
    ids.push((await api.post(bob.token, guildId, channelId, text)).message_id);
  const remove = async (by: ApiClient, id: string) =>
    expect((await by.request('DELETE', `${at}/${id}`, { token: owner.token })).status).toBeLessThan(
      300,
    );
  const undo = (from: string, to: string) =>
    runFilament(['guild', 'undo', '--guild', guildId, '--from', from, '--to', to, '--json'], data);

  const from = next(api.written()!);
  for (const id of ids) await remove(api, id);
  expect((await undo(from, api.written()!)).code).toBe(0);
  const again = next(api.written()!);
  // The read models of the server have it before it can be deleted anew.
  await until('the restored are there', async () => {
    const { messages } = await api.history(owner.token, guildId, channelId, { limit: 10 });
    return messages.length === 2;
  });
  await remove(api, ids[1]!);
  const to = api.written()!;
  await first.stop();

  const second = await site.start(folder, NO_GRACE);
  const pool = createPool({ url: await databaseUrl(folder), name: 'test', max: 2 });
  site.onCleanUp(() => pool.end());
  const keys = async () =>
    (
      await queryRows(
        pool,
        t.type({ scope: t.string }),
        'SELECT scope FROM vault.data_keys WHERE scope = ANY($1)',
        [ids.map((id) => `message:${id}`)],
      )
    ).map(({ scope }) => scope);
  await until('the key of the other is destroyed', async () => (await keys()).length === 1);
  expect(await keys()).toEqual([`message:${ids[0]}`]);
  const { messages } = await clientOf(site, second).history(owner.token, guildId, channelId, {
    limit: 10,
  });
  expect(messages.map(({ content }) => content)).toEqual(['restored']);
  const late = await undo(again, to);
  expect(late.code).toBe(3);
  expect(JSON.parse(late.output)).toMatchObject({
    written: 0,
    refusals: [{ kind: 'message', id: ids[1], why: 'key_erased' }],
  });
  const text = await runFilament(
    ['guild', 'undo', '--guild', guildId, '--from', again, '--to', to],
    data,
  );
  expect([text.code, text.output]).toEqual([
    3,
    expect.stringContaining('the key of its text is destroyed'),
  ]);

  // Nobody destroys keys while somebody puts texts back, nor the other way round, in whichever process.
  const other = createPool({ url: await databaseUrl(folder), name: 'test', max: 2 });
  site.onCleanUp(() => other.end());
  const [here, there] = [createErasureLock({ pool }), createErasureLock({ pool: other })];
  expect(await here(() => there(() => Promise.resolve('both')))).toBeNull();
  expect(await there(() => Promise.resolve('one'))).toBe('one');
  await expect(here(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await there(() => Promise.resolve('free again'))).toBe('free again');
  // A server that starts meanwhile is not kept waiting.
  expect(await here(() => migrate(other, []))).toEqual([]);
});

it('takes turns with the erasing of an account', async () => {
  const folder = site.newDataDirectory();
  const data = { FILAMENT_DATA_DIR: folder };
  const server = await site.start(folder, GENEROUS);
  const api = clientOf(site, server);
  const owner = await signUp(api, 'owner');
  const bob = await signUp(api, 'bob');
  const { guildId, channelId } = await settle(api, owner);
  await api.joinGuild(bob.token, guildId);
  const { message_id: id } = await api.post(bob.token, guildId, channelId, 'of bob');
  const from = next(api.written()!);
  await api.request('DELETE', `/guilds/${guildId}/channels/${channelId}/messages/${id}`, {
    token: owner.token,
  });
  const range = ['--guild', guildId, '--from', from, '--to', api.written()!];
  const pool = createPool({ url: await databaseUrl(folder), name: 'test', max: 2 });
  site.onCleanUp(() => pool.end());
  const hold = createErasureLock({ pool, patienceMs: 30_000 });
  const whileHeld = async (work: () => Promise<void>) =>
    expect(await hold(() => work().then(() => 'held'))).toBe('held');
  const isKeyThere = async () =>
    (await pool.query('SELECT FROM vault.data_keys WHERE scope = $1', [`account:${bob.userId}`]))
      .rowCount === 1;
  const isAsking = async () => {
    const sql = `SELECT FROM pg_stat_activity
      WHERE query LIKE 'SELECT pg_try_advisory_lock(7310, 7)%' AND pid <> pg_backend_pid()
        AND application_name NOT LIKE '%test%'`;
    return ((await pool.query(sql)).rowCount ?? 0) > 0;
  };

  await whileHeld(async () => {
    const early = await runFilament(['account', 'erase', 'bob', '--yes', '--wait', '0'], data);
    expect([early.code, early.output]).toEqual([3, expect.stringContaining('erases just now')]);
    expect(await isKeyThere()).toBe(true);
  });
  let undoing: Promise<Finished> | undefined;
  await whileHeld(async () => {
    undoing = runFilament(['guild', 'undo', ...range], data);
    await until('the undo asks for the lock', isAsking);
  });
  expect(await undoing).toMatchObject({ code: 0 });
  let erasing: Promise<Finished> | undefined;
  await whileHeld(async () => {
    erasing = runFilament(['account', 'erase', bob.userId, '--yes'], data);
    await until('the erasing asks for the lock', isAsking);
    expect(await isKeyThere()).toBe(true);
  });
  // What the undo brought back goes too.
  expect(await erasing).toMatchObject({ code: 0 });
  expect(await isKeyThere()).toBe(false);
  const { messages } = await api.history(owner.token, guildId, channelId, {
    ...{ limit: 10, minPosition: api.written() },
  });
  expect(messages).toEqual([]);
});
