// The doctor on a healthy installation, and on each ill that can be had on any machine.
import { chmod } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import * as t from 'io-ts';
import { isLeft } from 'fp-ts/lib/Either.js';
import { createPool } from '../postgres/database.ts';
import { createTestSite, databaseUrl, runFilament } from '../testing/test-site.ts';

jest.setTimeout(120_000);

const site = createTestSite('doctor');
afterAll(site.cleanUp);

const Findings = t.type({
  findings: t.array(t.type({ about: t.string, outcome: t.string, found: t.string })),
});
const ANY_PORTS = {
  FILAMENT_BIND_ADDR: '127.0.0.1:0',
  FILAMENT_GATEWAY_BIND_ADDR: '127.0.0.1:0',
};
const examine = async (variables: Readonly<Record<string, string>>) => {
  const { code, output } = await runFilament(['doctor', '--json'], { ...ANY_PORTS, ...variables });
  const decoded = Findings.decode(JSON.parse(output));
  if (isLeft(decoded)) throw new Error(output);
  const ills = decoded.right.findings.filter(({ outcome }) => outcome !== 'ok');
  return { code, all: decoded.right.findings, ills };
};

it('finds a new installation well, but for backups', async () => {
  const data = site.newDataDirectory();
  await site.start(data);
  const { code, all, ills } = await examine({ FILAMENT_DATA_DIR: data });
  expect(ills).toMatchObject([{ about: 'backups', outcome: 'warning' }]);
  expect(code).toBe(0);
  expect(all.map(({ about }) => about)).toEqual(
    expect.arrayContaining(['configuration', 'disk', 'database', 'clock', 'seals', 'read models']),
  );
  const plain = await runFilament(['doctor'], { ...ANY_PORTS, FILAMENT_DATA_DIR: data });
  expect(plain.output).toContain('filament backup create');
});

it('finds events set aside, secrets that lie open, and a port that is taken', async () => {
  const data = site.newDataDirectory();
  await site.start(data);
  const pool = createPool({ url: await databaseUrl(data), name: 'test', max: 1 });
  await pool.query(`INSERT INTO ops.parked_events (projection, position, type, reason, attempts)
    VALUES ('messages', '00000000000000000001', 'MessagePosted', 'made up', 1)`);
  await pool.end();
  const parked = await examine({ FILAMENT_DATA_DIR: data });
  expect(parked.ills).toContainEqual({
    about: 'read model messages',
    outcome: 'failed',
    found: '1 events set aside',
    next: expect.stringContaining('rebuild messages') as string,
  });
  expect(parked.code).toBe(1);
  const secret = path.join(data, 'secrets', 'token-keys.json');
  await chmod(secret, 0o644);
  expect((await examine({ FILAMENT_DATA_DIR: data })).ills).toContainEqual(
    expect.objectContaining({ about: 'secrets', outcome: 'failed' }),
  );
  await chmod(secret, 0o600);
  const elsewhere = await examine({
    FILAMENT_DATA_DIR: data,
    FILAMENT_BIND_ADDR: '203.0.113.1:80', // No address of this machine
  });
  expect(elsewhere.ills).toContainEqual(
    expect.objectContaining({ about: 'HTTP port', outcome: 'failed' }),
  );
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const taken = other.address();
  const port = taken !== null && typeof taken === 'object' ? taken.port : 0;
  const inUse = await examine({
    FILAMENT_DATA_DIR: data,
    FILAMENT_BIND_ADDR: `127.0.0.1:${port}`,
  });
  expect(inUse.all).toContainEqual(
    expect.objectContaining({ found: expect.stringContaining('is in use') as string }),
  );
  other.close();
});

it('names every variable that can’t be used', async () => {
  const { code, ills } = await examine({
    FILAMENT_BIND_ADDR: 'nonsense',
    FILAMENT_LOG_LEVEL: 'loud',
  });
  expect(code).toBe(1);
  expect(ills).toHaveLength(2);
});
