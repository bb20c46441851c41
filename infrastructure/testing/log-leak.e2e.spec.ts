// Secrets that went through every flow are nowhere to be found: not in what the server prints, not in its metrics, and
// not in a single byte of its data directory.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as t from 'io-ts';
import { clientOf, listenIn, settle, signIn, signUp } from './people.ts';
import { createPool, queryRows } from '../postgres/database.ts';
import { createTestSite, databaseUrl, GENEROUS, postgresFolder } from './test-site.ts';

jest.setTimeout(60_000);

const site = createTestSite('leak');
afterAll(site.cleanUp);

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

/** As it is, and as it looks where bytes are written as text. */
const disguises = (secret: string): readonly Buffer[] =>
  [
    secret,
    Buffer.from(secret).toString('hex'),
    // What stays the same wherever the text begins.
    Buffer.from(secret.slice(0, secret.length - (secret.length % 3))).toString('base64'),
    encodeURIComponent(secret),
  ].map((text) => Buffer.from(text));

const leaks = (secrets: Readonly<Record<string, string>>, haystack: Buffer): readonly string[] =>
  Object.entries(secrets)
    .filter(([, secret]) => disguises(secret).some((needle) => haystack.includes(needle)))
    .map(([name]) => name);

const RelationPath = t.type({ file: t.string });

/** The files of tables and indexes, with what they store out of line, of the log and the vault. */
const logFiles = async (dataDirectory: string): Promise<readonly string[]> => {
  const pool = createPool({ url: await databaseUrl(dataDirectory), name: 'leak spec', max: 1 });
  try {
    const found = await queryRows(
      pool,
      RelationPath,
      `SELECT pg_relation_filepath(c.oid) AS file FROM pg_class c
        WHERE pg_relation_filepath(c.oid) IS NOT NULL AND (
          c.relnamespace::regnamespace::text IN ('log', 'vault') OR c.oid IN (
            SELECT reltoastrelid FROM pg_class WHERE relnamespace::regnamespace::text IN ('log', 'vault')))`,
    );
    return found.map(({ file }) => path.join(postgresFolder(dataDirectory), file));
  } finally {
    await pool.end();
  }
};

it('keeps secrets to itself', async () => {
  const dataDirectory = site.newDataDirectory();
  const server = await site.start(dataDirectory, { ...GENEROUS, FILAMENT_LOG_LEVEL: 'trace' });
  const api = clientOf(site, server);
  const secrets: Record<string, string> = {
    password: 'canary-password-of-alice',
    wrongPassword: 'canary-password-misspelt',
    shortPassword: 'canary-shrt',
    longPassword: 'canary-password-too-long'.repeat(10),
    takenPassword: 'canary-password-of-a-taken-name',
    captcha: 'canary-captcha-token-of-somebody',
    brokenToken: 'canary.token.that.nobody.issued',
    passwordInBrokenJson: 'canary-password-in-broken-json',
    passwordInQuery: 'canary-password-in-the-query',
  };
  const texts = {
    message: 'canary message text',
    edited: 'canary message after edit',
    bySocket: 'canary message by socket',
    refused: 'canary message refused '.repeat(100),
    query: 'canary search query',
  };
  const register = (username: string, password: string) =>
    api.request('POST', '/auth/register', {
      body: { username, password, captcha_token: secrets['captcha'] },
    });
  const login = (username: string, password: string) =>
    api.request('POST', '/auth/login', { body: { username, password } });

  const alice = await signUp(api, 'alice', secrets['password']);
  await register('alice', secrets['takenPassword']!);
  await register('bob', secrets['shortPassword']!);
  await register('bob', secrets['longPassword']!);
  await register('a name refused', secrets['takenPassword']!);
  await login('alice', secrets['wrongPassword']!);
  await login('nobody', secrets['wrongPassword']!);
  await fetch(`${server.baseUrl}/auth/login?password=${secrets['passwordInQuery']}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"username":"alice","password":"${secrets['passwordInBrokenJson']}"`,
  });
  await api.request('GET', '/auth/me', { token: secrets['brokenToken'] });
  const refreshed = await api.refresh(alice.refreshToken, 'refresh-1');
  await api.request('POST', '/auth/refresh', { body: { refresh_token: secrets['brokenToken'] } });
  const leaving = await signIn(api, 'alice', secrets['password']!);
  const { guildId, channelId } = await settle(api, alice);
  const socket = await listenIn(site, api, leaving, { guildId, channelId });
  socket.send('message_create', {
    guild_id: guildId,
    channel_id: channelId,
    content: texts.bySocket,
    nonce: 'n',
  });
  await socket.frame('command_done');
  const { message_id: id } = await api.post(alice.token, guildId, channelId, texts.message);
  const message = `/guilds/${guildId}/channels/${channelId}/messages/${id}`;
  await api.request('PATCH', message, { token: alice.token, body: { content: texts.edited } });
  const refused = { token: alice.token, body: { content: texts.refused } };
  expect((await api.request('PATCH', message, refused)).status).toBe(400);
  await api.search(alice.token, guildId, texts.query, 10);
  await api.request('POST', '/auth/logout', { body: { refresh_token: leaving.refreshToken } });
  await socket.closed;
  Object.assign(secrets, {
    accessToken: alice.token,
    refreshToken: alice.refreshToken,
    refreshSecret: alice.refreshToken.split('.')[1],
    newAccessToken: refreshed.access_token,
    newRefreshSecret: refreshed.refresh_token.split('.')[1],
    endedAccessToken: leaving.token,
    endedRefreshSecret: leaving.refreshToken.split('.')[1],
  });

  const metrics = await (await fetch(`${server.baseUrl}/metrics`)).text();
  const logged = await logFiles(dataDirectory);
  expect(await server.stop()).toBe(0);
  expect(server.output()).toContain('auth.login');
  const said = Buffer.from(`${server.output()}${metrics}`);
  expect(leaks({ ...secrets, ...texts }, said)).toEqual([]);

  const files = filesIn(dataDirectory);
  expect(files.length).toBeGreaterThan(500);
  for (const file of files)
    expect({ file, leaks: leaks(secrets, readFileSync(file)) }).toEqual({ file, leaks: [] });
  expect(logged.length).toBeGreaterThan(10);
  for (const file of logged)
    expect({ file, leaks: leaks(texts, readFileSync(file)) }).toEqual({ file, leaks: [] });
  // The scan can see: the text of a search index is in clear, by design.
  const everything = Buffer.concat(files.map((file) => readFileSync(file)));
  expect(everything.includes('canary')).toBe(true);
});
