// A database that stops answering, or dies, under a running server.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { OWNER_ROLE } from '../postgres/create-cluster.ts';
import { clientOf, type Person, type Place, settle, signUp } from './people.ts';
import { type ServerProcess } from './server-process.ts';
import { createTestSite, GENEROUS, runningPostgres, until } from './test-site.ts';

jest.setTimeout(120_000);

const site = createTestSite('database-loss');
afterAll(site.cleanUp);

describe('a server whose database fails', () => {
  const dataDirectory = site.newDataDirectory();
  let server: ServerProcess;
  let person: Person;
  let place: Place;

  beforeAll(async () => {
    server = await site.start(dataDirectory, GENEROUS);
    person = await signUp(clientOf(site, server), 'patient');
    place = await settle(clientOf(site, server), person);
  });

  const post = async (content: string) => {
    const { status } = await fetch(
      `${server.baseUrl}/guilds/${place.guildId}/channels/${place.channelId}/messages`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${person.token}` },
        body: JSON.stringify({ content }),
      },
    );
    return status;
  };
  const appender = async (): Promise<number> => {
    const password = readFileSync(path.join(dataDirectory, 'secrets/database-password'), 'utf8');
    const client = new pg.Client({
      host: '127.0.0.1',
      port: (await runningPostgres(dataDirectory))?.port ?? 0,
      user: OWNER_ROLE,
      password: password.trim(),
      database: 'filament',
    });
    await client.connect();
    const { rows } = await client.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'filament log'`,
    );
    await client.end();
    return rows[0]?.pid ?? 0;
  };

  it('says so within the time of a request when an append is not answered', async () => {
    expect(await post('before')).toBe(200);
    const pid = await appender();
    process.kill(pid, 'SIGSTOP');
    try {
      expect(await post('unanswered')).toBe(503);
      expect(await post('by another connection')).toBe(200);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  it('starts it again when it is killed, and goes on', async () => {
    const killed = await runningPostgres(dataDirectory);
    process.kill(killed?.pid ?? 0, 'SIGKILL');
    const acknowledged = ['before', 'by another connection'];
    let isAnother = false;
    await until('it goes on with another PostgreSQL', async () => {
      // Asked before the post: one that succeeds after this was written by the new one. The last of the old one's
      // processes may still take some until then, which must not be lost either.
      const running = await runningPostgres(dataDirectory);
      isAnother ||= running !== undefined && running.pid !== killed?.pid;
      const content = `after ${acknowledged.length}`;
      const status = await post(content);
      if (status === 200) acknowledged.push(content);
      else expect(status).toBe(503);
      const health = await fetch(`${server.baseUrl}/health/ready`);
      return isAnother && health.status === 200 && status === 200;
    });
    const { messages } = await clientOf(site, server).history(
      person.token,
      place.guildId,
      place.channelId,
      { limit: 100 },
    );
    const contents = messages.map(({ content }) => content);
    expect(contents).toEqual(expect.arrayContaining(acknowledged));
    expect(await server.stop()).toBe(0);
  });
});
