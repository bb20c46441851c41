// Starting, stopping, and starting again after every kind of end.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { clientOf, type Person, type Place, settle, signUp } from './people.ts';
import { type ServerProcess } from './server-process.ts';
import {
  beginFilament,
  createTestSite,
  GENEROUS,
  killPostgres,
  postgresFolder,
  runningPostgres,
  until,
} from './test-site.ts';

jest.setTimeout(120_000);

const READY_MS_MAX = 30_000; // For machines under load; the benchmark holds the real bound
const site = createTestSite('start');
afterAll(site.cleanUp);

const modeOf = (file: string) => statSync(file).mode & 0o777;
const lockFile = (dataDirectory: string) =>
  path.join(postgresFolder(dataDirectory), 'postmaster.pid');
const healthOf = async ({ baseUrl }: ServerProcess) => {
  const { status } = await fetch(`${baseUrl}/health/ready`);
  return status;
};

describe('a server', () => {
  const dataDirectory = site.newDataDirectory();
  let person: Person;
  let place: Place;
  const posted: string[] = [];

  /** Posts a text with each life of the server, and finds those of all earlier ones. */
  const converse = async (server: ServerProcess) => {
    const api = clientOf(site, server);
    const { guildId, channelId } = place;
    const content = `text ${posted.length}`;
    await api.post(person.token, guildId, channelId, content);
    posted.push(content);
    const { messages } = await api.history(person.token, guildId, channelId, { limit: 100 });
    expect(messages.map((message) => message.content).reverse()).toEqual(posted);
  };
  const startAgain = async () => {
    const server = await site.start(dataDirectory, GENEROUS);
    expect(server.readyAfterMs).toBeLessThan(READY_MS_MAX);
    expect(await healthOf(server)).toBe(200);
    await converse(server);
    return server;
  };

  it('sets itself up in an empty directory, and tells where it is', async () => {
    const server = await site.start(dataDirectory, GENEROUS);
    expect(await healthOf(server)).toBe(200);
    const output = server.output();
    const { port } = new URL(server.baseUrl);
    expect(Number(port)).toBeGreaterThan(0);
    const gateway = /gateway {3}(ws:\/\/127\.0\.0\.1:(\d+)\/gateway\/ws)/.exec(output);
    expect(gateway?.[2]).not.toBe(port);
    expect(await clientOf(site, server).clientConfig()).toMatchObject({
      gateway_url: gateway?.[1],
    });
    expect(output).toContain(dataDirectory);
    const page = await fetch(server.baseUrl);
    expect(page.headers.get('content-type')).toContain('text/html');

    const secrets = path.join(dataDirectory, 'secrets');
    expect(modeOf(secrets)).toBe(0o700);
    const files = readdirSync(secrets);
    expect(files.sort()).toEqual(['database-password', 'master-key', 'token-keys.json']);
    for (const file of files) {
      expect(modeOf(path.join(secrets, file))).toBe(0o600);
      expect(output).not.toContain(readFileSync(path.join(secrets, file), 'utf8').trim());
    }
    expect(modeOf(postgresFolder(dataDirectory))).toBe(0o700);

    const api = clientOf(site, server);
    person = await signUp(api, 'alice');
    place = await settle(api, person);
    await converse(server);
    expect(await server.stop()).toBe(0);
  });

  it('leaves no PostgreSQL behind when asked to stop', async () => {
    expect(await runningPostgres(dataDirectory)).toBeUndefined();
    expect(existsSync(lockFile(dataDirectory))).toBe(false);
    const server = await startAgain();
    expect(await runningPostgres(dataDirectory)).toMatchObject({ ready: true });
    process.kill(server.pid, 'SIGTERM');
    expect(await server.stop()).toBe(0);
    expect(await runningPostgres(dataDirectory)).toBeUndefined();
    expect(existsSync(lockFile(dataDirectory))).toBe(false);
  });

  it('adopts the PostgreSQL of a killed predecessor', async () => {
    const killed = await startAgain();
    const orphan = await runningPostgres(dataDirectory);
    await killed.kill();
    expect(await runningPostgres(dataDirectory)).toEqual(orphan);
    const heir = await startAgain();
    expect(await runningPostgres(dataDirectory)).toEqual(orphan);
    expect(await heir.stop()).toBe(0);
    expect(await runningPostgres(dataDirectory)).toBeUndefined();
  });

  it('recovers when both were killed, and from a lock file that names a stranger', async () => {
    const first = await startAgain();
    await first.kill();
    await killPostgres(dataDirectory);
    expect(existsSync(lockFile(dataDirectory))).toBe(true);
    const second = await startAgain();
    await second.kill();
    await killPostgres(dataDirectory);
    const lines = readFileSync(lockFile(dataDirectory), 'utf8').split('\n');
    writeFileSync(lockFile(dataDirectory), [String(process.pid), ...lines.slice(1)].join('\n'));
    const third = await startAgain();
    expect(await third.stop()).toBe(0);
  });

  it.each([
    ['empty', ''],
    ['garbled', '\0\0\0\0'],
  ])('recovers from an %s lock file, as a power cut may leave it', async (_, text) => {
    writeFileSync(lockFile(dataDirectory), text, { mode: 0o600 });
    const server = await startAgain();
    expect(await server.stop()).toBe(0);
  });

  it('never says that all is well while its PostgreSQL is gone; the next start has everything', async () => {
    const server = await startAgain();
    await killPostgres(dataDirectory);
    // Whether it waits for the database or gives up: it must never answer that all is well.
    await until('the server notices', async () => {
      const status = await healthOf(server).catch(() => 'gone');
      return status === 503 || status === 'gone';
    });
    await server.kill();
    const next = await startAgain();
    expect(await next.stop()).toBe(0);
  });
});

it('can be killed at any moment of its first start', async () => {
  const dataDirectory = site.newDataDirectory();
  const steps: readonly (() => boolean)[] = [
    () => existsSync(path.join(dataDirectory, 'secrets')),
    () => readdirSync(dataDirectory).some((name) => name.startsWith('postgres')),
    () => existsSync(lockFile(dataDirectory)),
  ];
  for (const reached of steps) {
    const run = beginFilament(['serve'], {
      FILAMENT_DATA_DIR: dataDirectory,
      FILAMENT_BIND_ADDR: '127.0.0.1:0',
    });
    try {
      await until('a step of the first start', reached);
    } finally {
      await run.kill();
    }
  }
  const server = await site.start(dataDirectory);
  expect(await healthOf(server)).toBe(200);
  expect(await server.stop()).toBe(0);
});

describe('two servers of one directory', () => {
  const dataDirectory = site.newDataDirectory();
  const start = () => site.start(dataDirectory, GENEROUS);
  const say = async (
    server: ServerProcess,
    person: Person,
    { guildId, channelId }: Place,
    content: string,
  ) => {
    const api = clientOf(site, server);
    await api.post(person.token, guildId, channelId, content);
    const { messages } = await api.history(person.token, guildId, channelId, {
      limit: 100,
    });
    return messages.map((message) => message.content);
  };

  it('serve side by side; whoever is left goes on, whether the other was killed or ended cleanly', async () => {
    const [first, second] = [await start(), await start()];
    const api = clientOf(site, first);
    const person = await signUp(api, 'alice');
    const place = await settle(api, person);
    expect(await say(first, person, place, 'one')).toEqual(['one']);
    expect(await say(second, person, place, 'two')).toEqual(['two', 'one']);
    await first.kill();
    expect(await say(second, person, place, 'three')).toEqual(['three', 'two', 'one']);
    const third = await start();
    expect(await healthOf(third)).toBe(200);
    expect(await second.stop()).toBe(0);
    expect(await say(third, person, place, 'four')).toEqual(['four', 'three', 'two', 'one']);
    expect(await third.stop()).toBe(0);
    expect(await runningPostgres(dataDirectory)).toBeUndefined();
  });
});
