// The commands on the data of a real server, beside it and alone, and what they export verified by another hand.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { clientOf, settle, signUp } from '../testing/people.ts';
import { type ServerProcess } from '../testing/server-process.ts';
import { createTestSite, databaseUrl, GENEROUS, runFilament, until } from '../testing/test-site.ts';

jest.setTimeout(240_000);

const site = createTestSite('seals');
afterAll(site.cleanUp);

let folder: string;
let data: { readonly FILAMENT_DATA_DIR: string };
let server: ServerProcess;
const log = (...args: readonly string[]) => runFilament(['log', ...args], data);
const offline = (...args: readonly string[]) => runFilament(['log', 'verify', ...args], {});
const file = (name: string) => path.join(folder, name);

beforeAll(async () => {
  folder = site.newDataDirectory();
  data = { FILAMENT_DATA_DIR: folder };
  server = await site.start(folder, { ...GENEROUS, FILAMENT_SEAL_EVENTS: '7' });
  const api = clientOf(site, server);
  const ada = await signUp(api, 'ada');
  const place = await settle(api, ada);
  for (let n = 0; n < 10; n += 1)
    await api.post(ada.token, place.guildId, place.channelId, `heron ${n} 🪶`);
});

it('seals, exports and verifies beside a running server, and the metrics tell', async () => {
  const metrics = async () => (await fetch(`${server.baseUrl}/metrics`)).text();
  await until('the notary has sealed', async () =>
    /filament_log_sealed_position [1-9]/.test(await metrics()),
  );
  expect(await metrics()).toMatch(/filament_log_unsealed_seconds \d/);
  const sealed = await log('seal', '--json');
  expect(sealed.code).toBe(0);
  writeFileSync(file('receipt.json'), sealed.output);
  const live = await log('verify', '--expect-seal', file('receipt.json'), '--json');
  expect(live.code).toBe(0);
  expect(JSON.parse(live.output)).toMatchObject({ ok: true, finding: null, warnings: [] });
  expect(await log('export', file('log.jsonl'))).toMatchObject({ code: 0 });
  expect((await log('export', file('log.jsonl'))).output).toContain('is there already');
  const text = readFileSync(file('log.jsonl'), 'utf8');
  expect(text).not.toContain('heron');
  expect(text).toContain('"type":"LogSealed"');
});

it('verifies an export offline, and says whom it trusts', async () => {
  const known = await offline(file('log.jsonl'), '--expect-seal', file('receipt.json'));
  expect(known.code).toBe(0);
  expect(known.output).toContain('Verified: ');
  expect(known.output).not.toContain('No key was given');
  const unknown = await offline(file('log.jsonl'));
  expect([unknown.code, unknown.output]).toEqual([0, expect.stringContaining('No key was given')]);
  expect((await offline(file('log.jsonl'), '--key', 'A'.repeat(43))).code).toBe(3);
  expect((await offline(file('log.jsonl'), '--key', 'nonsense')).code).toBe(2);
  expect((await offline(file('nowhere.jsonl'))).code).toBe(1);
  expect((await offline(file('log.jsonl'), '--expect-seal', 'a'.repeat(64))).code).toBe(3);
});

it('names an altered export, as does a verifier by another hand', async () => {
  const { key } = JSON.parse(readFileSync(file('receipt.json'), 'utf8')) as { key: string };
  const python = (name: string) =>
    spawnSync('python3', ['docs/verify-log.py', file(name), key], { encoding: 'utf8' });
  const text = readFileSync(file('log.jsonl'), 'utf8');
  const line = text.split('\n').findIndex((one) => one.includes('"type":"MessagePosted"'));
  writeFileSync(
    file('altered.jsonl'),
    text.replace('"type":"MessagePosted"', '"type":"MessageEdited"'),
  );
  const altered = await offline(file('altered.jsonl'), '--key', key, '--json');
  expect(altered.code).toBe(3);
  expect(JSON.parse(altered.output)).toMatchObject({
    ok: false,
    finding: { kind: 'altered', line: line + 1 },
  });
  if (spawnSync('python3', ['--version']).status !== 0) return; // The others have shown it without.
  expect(python('log.jsonl')).toMatchObject({ status: 0, stdout: 'as sealed\n' });
  expect(python('altered.jsonl').stdout).toContain('NOT AS SEALED: altered at');
});

it('exports a part, and to standard output', async () => {
  expect((await log('export', file('part.jsonl'), '--from', '9', '--to', '20')).code).toBe(0);
  const lines = readFileSync(file('part.jsonl'), 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(1 + 12 + 1);
  expect((await offline(file('part.jsonl'))).code).toBe(0);
  expect((await log('export', '--from', '9', '--to', '9')).output).toContain(
    '"filament_log_export":1',
  );
  expect((await log('export', file('none.jsonl'), '--to', '999999')).code).toBe(1);
});

it('names what was changed or cut off in the database of the live log', async () => {
  const client = new pg.Client({ connectionString: await databaseUrl(folder) });
  await client.connect();
  try {
    await client.query('ALTER TABLE log.events DISABLE TRIGGER ALL');
    await client.query(`UPDATE log.events SET actor = 'operator' WHERE position = 5`);
    const altered = await log('verify');
    expect([altered.code, altered.output]).toEqual([
      3,
      expect.stringContaining('NOT AS SEALED: altered between'),
    ]);
    await client.query('DELETE FROM log.events WHERE position >= 5');
    const cut = await log('verify');
    expect([cut.code, cut.output]).toEqual([
      3,
      expect.stringContaining('is not there; the log ends with'),
    ]);
  } finally {
    await client.end();
  }
});
