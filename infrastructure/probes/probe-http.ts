// A running server with somebody in it, asked everything its OpenAPI document allows and forbids by schemathesis
// (infra/probes.mjs gives its path): nothing may be a 5xx, differ from the document, or take a request without its token.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createApiClient } from '../api-client/api-client.ts';
import { startServer, temporaryDataDirectory } from '../testing/server-process.ts';
import { GENEROUS } from '../testing/test-site.ts';

const SECONDS_MAX = 300;
// Of each operation and phase.
const EXAMPLES = 30;
const SEED = 20_261_124;
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'ignored_auth',
  'unsupported_method',
];
// Ends the session that all other requests are made in.
const NOT_ASKED = ['/auth/logout', '/slow'];

const [program] = process.argv.slice(2);
if (program === undefined) throw new Error('Say where schemathesis is.');

const dataDirectory = temporaryDataDirectory('probe');
const server = await startServer({
  ...GENEROUS,
  FILAMENT_DATA_DIR: dataDirectory,
  FILAMENT_BIND_ADDR: '127.0.0.1:0',
  FILAMENT_MAX_CREATED_GUILDS_PER_USER: '100000',
  FILAMENT_LOG_LEVEL: 'warn',
});

/** Somebody with a guild, a channel and a message, so that requests get past the first check. */
const settle = async () => {
  const api = createApiClient({ baseUrl: server.baseUrl, connections: 2 });
  await api.register('prober', 'the password of the prober');
  const { access_token: token } = await api.login('prober', 'the password of the prober');
  const { user_id: userId } = await api.me(token);
  const { guild_id: guildId } = await api.createGuild(token, 'Probed', 'public');
  const { channel_id: channelId } = await api.createChannel(token, guildId, 'general');
  const { message_id: messageId } = await api.post(token, guildId, channelId, 'Hello');
  await api.close();
  return { token, userId, guildId, channelId, messageId };
};

type Settled = Awaited<ReturnType<typeof settle>>;

const configuration = ({ userId, guildId, channelId, messageId }: Settled): string =>
  [
    // Mostly what is there, sometimes what is not.
    '[dictionaries]',
    `guild = { values = ["${guildId}"] }`,
    `channel = { values = ["${channelId}"] }`,
    `message = { values = ["${messageId}"] }`,
    `user = { values = ["${userId}"] }`,
    '[parameters]',
    // A position that is never reached is 503, as documented, after a second.
    '"header.filament-min-position" = "00000000000000000000"',
    ...['guild', 'channel', 'message', 'user'].map(
      (noun) => `"path.${noun}_id" = { dictionary = "${noun}", probability = 0.8 }`,
    ),
    '',
  ].join('\n');

const run = (args: readonly string[], cwd: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });

const settled = await settle();
const folder = path.resolve('.cache/probe-http');
mkdirSync(folder, { recursive: true });
writeFileSync(path.join(folder, 'schemathesis.toml'), configuration(settled));
const code = await run(
  [
    'run',
    `${server.baseUrl}/docs/openapi.json`,
    ...['--header', `Authorization: Bearer ${settled.token}`],
    ...['--phases', 'examples,coverage,fuzzing'],
    ...['--checks', CHECKS.join(',')],
    ...['--max-examples', String(EXAMPLES)],
    ...['--max-time', String(SECONDS_MAX)],
    ...['--seed', String(SEED)],
    ...['--request-timeout', '10'],
    ...['--warnings', 'off'],
    ...['--workers', '2'],
    '--no-color',
    '--continue-on-failure',
    ...NOT_ASKED.flatMap((url) => ['--exclude-path', url]),
  ],
  folder,
);
const warned = server
  .output()
  .split('\n')
  .filter((line) => line.includes('"http.failed"'));
if (warned.length > 0) console.log(warned.slice(0, 10).join('\n'));
const stopped = await server.stop();
rmSync(dataDirectory, { recursive: true, force: true });
process.exitCode = code !== 0 || warned.length > 0 || stopped !== 0 ? 1 : 0;
