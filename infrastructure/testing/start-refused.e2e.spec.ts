// What can't start says why, what to do, and nothing secret; and what was called wrongly tells where help is.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { startEmbeddedPostgres } from '../postgres/embedded.ts';
import { freePort } from './server-process.ts';
import {
  type Finished,
  createTestSite,
  killPostgres,
  postgresFolder,
  runFilament,
  runningPostgres,
} from './test-site.ts';

jest.setTimeout(120_000);

const USAGE = 2;
const FAILED = 1;
const site = createTestSite('refused');
afterAll(site.cleanUp);

/** Runs `serve`, which must end by itself. */
const refusedStart = (variables: Readonly<Record<string, string>>) =>
  runFilament(['serve'], { FILAMENT_BIND_ADDR: '127.0.0.1:0', ...variables });
const expectEnd = ({ code, output }: Finished, expected: number, said: string) => {
  expect(output).toContain(said);
  expect(code).toBe(expected);
};
const expectNoStack = (output: string) => expect(output).not.toMatch(/^ {4}at /m);

it('reports everything that is wrong with the configuration at once, without any value', async () => {
  const secrets = ['canary-in-url', 'canary-in-key', 'canary-in-captcha'] as const;
  const { code, output } = await refusedStart({
    FILAMENT_BIND_ADDR: 'nonsense',
    FILAMENT_DATA_DIR: site.newDataDirectory(),
    FILAMENT_DATABASE_URL: `mysql://root:${secrets[0]}@db`,
    FILAMENT_MASTER_KEY: secrets[1],
    FILAMENT_HCAPTCHA_SECRET: secrets[2],
    FILAMENT_MAX_BODY_BYTES: '1e308',
    FILAMENT_REQUEST_TIMEOUT_MS: '-1',
    FILAMENT_LOG_LEVEL: 'everything',
    FILAMENT_TRUSTED_PROXY_CIDRS: '300.0.0.1',
    FILAMENT_MISSPELT: 'yes',
  });
  expect(code).toBe(USAGE);
  for (const variable of [
    'FILAMENT_BIND_ADDR',
    'FILAMENT_DATABASE_URL',
    'FILAMENT_MASTER_KEY',
    'FILAMENT_HCAPTCHA_SITE_KEY',
    'FILAMENT_MAX_BODY_BYTES',
    'FILAMENT_REQUEST_TIMEOUT_MS',
    'FILAMENT_LOG_LEVEL',
    'FILAMENT_TRUSTED_PROXY_CIDRS',
    'FILAMENT_MISSPELT',
  ])
    expect(output).toContain(`${variable} `);
  for (const secret of secrets) expect(output).not.toContain(secret);
  expectNoStack(output);
});

it.each([
  [['no-such-command']],
  [['serve', '--no-such-option']],
  [['serve', 'an argument too many']],
  [['config']],
  [['config', 'no-such-command']],
  [['config', 'check', '--jsno']],
  [['--no-such-option']],
])('points to the help when called as filament %j', async (args) => {
  const { code, output } = await runFilament(args, {});
  expect(code).toBe(USAGE);
  expect(output).toMatch(/--help|Usage:/);
  expectNoStack(output);
});

it.each([[['--help']], [['serve', '--help']], [['config', 'check', '--help']]])(
  'explains filament %j',
  async (args) => {
    const { code, output } = await runFilament(args, {});
    expectEnd({ code, output }, 0, 'Usage:');
  },
);

it('names the data directory that it cannot use', async () => {
  const file = path.join(site.newDataDirectory(), 'a-file');
  writeFileSync(file, '');
  for (const unusable of [file, path.join(file, 'inside')]) {
    const { code, output } = await refusedStart({ FILAMENT_DATA_DIR: unusable });
    expectEnd({ code, output }, FAILED, file);
    expect(output).toContain('FILAMENT_DATA_DIR');
    expectNoStack(output);
  }
});

it('says that a port is taken, and leaves its owner alone', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const gateway = `127.0.0.1:${await freePort()}`;
  const variables = { FILAMENT_BIND_ADDR: address, FILAMENT_GATEWAY_BIND_ADDR: gateway };
  const first = await site.start(site.newDataDirectory(), variables);
  const second = site.newDataDirectory();
  for (const [taken, others] of [
    [address, { FILAMENT_GATEWAY_BIND_ADDR: '127.0.0.1:0' }],
    [gateway, { FILAMENT_BIND_ADDR: '127.0.0.1:0' }],
  ] as const) {
    const { code, output } = await refusedStart({
      ...variables,
      ...others,
      FILAMENT_DATA_DIR: second,
    });
    expectEnd({ code, output }, FAILED, taken);
    expectNoStack(output);
    expect(await runningPostgres(second)).toBeUndefined();
    expect((await fetch(`${first.baseUrl}/health/ready`)).status).toBe(200);
  }
  expect(await first.stop()).toBe(0);
});

it('refuses a database that could lose what it acknowledged, unless told that it may', async () => {
  const home = site.newDataDirectory();
  const database = await startEmbeddedPostgres({
    dataDir: postgresFolder(home),
    password: 'canary-of-the-database',
    settings: { fsync: 'off' },
  });
  const dataDirectory = site.newDataDirectory();
  const variables = { FILAMENT_DATABASE_URL: database.url };
  try {
    const refused = await refusedStart({ ...variables, FILAMENT_DATA_DIR: dataDirectory });
    expect(refused.code).toBe(FAILED);
    expect(refused.output).toContain('fsync');
    expect(refused.output).not.toContain('canary-of-the-database');
    expectNoStack(refused.output);
    const server = await site.start(dataDirectory, {
      ...variables,
      FILAMENT_DEV_UNSAFE_DATABASE: 'yes',
    });
    expect(await runningPostgres(dataDirectory)).toBeUndefined();
    expect(await server.stop()).toBe(0);
    expect(await runningPostgres(home)).toMatchObject({ ready: true });
  } finally {
    await database.stop();
    await killPostgres(home, 'SIGQUIT');
  }
});

it('says that a database cannot be reached, without its password', async () => {
  const url = `postgres://root:canary-of-the-url@127.0.0.1:${await freePort()}/nothing`;
  const { code, output } = await refusedStart({
    FILAMENT_DATA_DIR: site.newDataDirectory(),
    FILAMENT_DATABASE_URL: url,
  });
  expect(code).toBe(FAILED);
  expect(output).toContain('ECONNREFUSED');
  expect(output).not.toContain('canary');
  expectNoStack(output);
});
