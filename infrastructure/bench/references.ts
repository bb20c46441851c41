// The physical references of the same run: what fastify, the disk and the WebSocket library cost with nothing of ours.
import { randomBytes, randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { isLeft } from 'fp-ts/lib/Either.js';
import WebSocket from 'ws';
import { createApiClient } from '../api-client/api-client.ts';
import { LOG_MIGRATIONS } from '../event-log/postgres/migrations.ts';
import { createPostgresLog } from '../event-log/postgres/postgres-log.ts';
import { createUwsTransport } from '../gateway/transport-uws.ts';
import { createPool } from '../postgres/database.ts';
import { startEmbeddedPostgres } from '../postgres/embedded.ts';
import { migrate } from '../postgres/migrations.ts';
import { startServer, temporaryDataDirectory } from '../testing/server-process.ts';
import { VAULT_MIGRATIONS } from '../vault/migrations.ts';
import { closedLoop, figure, type Figure } from './measure.ts';

const IN_FLIGHT = 64;
const SUBSCRIBERS = 500;
const PUBLISHED = 200;
const FRAME = JSON.stringify({ v: 1, t: 'message_create', d: { content: 'x'.repeat(500) } });
const PAYLOAD = JSON.stringify({ content: 'x'.repeat(300) });

const echoFigure = async (runs: number, forMs: number): Promise<Figure> => {
  const server = await startServer({}, ['dist/server/reference-server.js']);
  const client = createApiClient({ baseUrl: server.baseUrl, connections: IN_FLIGHT });
  const rates: number[] = [];
  const echo = async () => {
    await client.request('POST', '/echo', { body: { content: 'x'.repeat(120) } });
  };
  await closedLoop(IN_FLIGHT, forMs / 2, echo);
  for (let run = 0; run < runs; run += 1) {
    rates.push((await closedLoop(IN_FLIGHT, forMs, echo)).perSecond);
  }
  await client.close();
  await server.kill();
  return figure(`reference: bare fastify JSON echo, ${IN_FLIGHT} in flight`, '/s', 'higher', rates);
};

const appendFigure = async (runs: number, forMs: number): Promise<Figure> => {
  const folder = temporaryDataDirectory('reference');
  const postgres = await startEmbeddedPostgres({
    dataDir: path.join(folder, 'postgres'),
    password: randomBytes(24).toString('base64url'),
  });
  const pool = createPool({ url: postgres.url, name: 'reference', max: 2 });
  await migrate(pool, [...VAULT_MIGRATIONS, ...LOG_MIGRATIONS]);
  const log = createPostgresLog({ url: postgres.url, pool, queueMax: 10_000 });
  const append = async () => {
    const id = randomUUID();
    const event = {
      eventId: id,
      type: 'Reference',
      version: 1,
      scope: null,
      actor: 'system',
      correlationId: id,
      causationId: null,
      payload: PAYLOAD,
    };
    const appended = await log.append({
      stream: `reference-${id}`,
      expected: 'no_stream',
      events: [event],
    })();
    if (isLeft(appended)) throw new Error(`The reference append failed: ${appended.left.type}`);
  };
  const rates: number[] = [];
  await closedLoop(IN_FLIGHT, forMs / 2, append);
  for (let run = 0; run < runs; run += 1) {
    rates.push((await closedLoop(IN_FLIGHT, forMs, append)).perSecond);
  }
  await log.close();
  await pool.end();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
  return figure(
    `reference: bare durable log append, ${IN_FLIGHT} in flight`,
    '/s',
    'higher',
    rates,
  );
};

const connect = (url: string, onFrame: () => void): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.on('error', reject);
    socket.on('open', () => resolve(socket));
    socket.on('message', onFrame);
  });

const publishFigure = async (runs: number): Promise<Figure> => {
  const transport = createUwsTransport({
    payloadBytesMax: 65_536,
    backpressureBytesMax: 64 * 1024 * 1024,
  });
  const { port } = await transport.listen({
    host: '127.0.0.1',
    port: 0,
    upgrade: () =>
      Promise.resolve({
        type: 'Admitted',
        open: (socket) => {
          socket.subscribe('all');
          return { message: () => {}, heard: () => {}, closed: () => {} };
        },
        abandoned: () => {},
      }),
  });
  let received = 0;
  let done: () => void = () => {};
  const sockets: WebSocket[] = [];
  const onFrame = () => {
    received += 1;
    if (received % (SUBSCRIBERS * PUBLISHED) === 0) done();
  };
  for (let n = 0; n < SUBSCRIBERS; n += 1) {
    sockets.push(await connect(`ws://127.0.0.1:${port}/gateway/ws`, onFrame));
  }
  const rates: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const all = new Promise<void>((resolve) => (done = resolve));
    const started = performance.now();
    for (let n = 0; n < PUBLISHED; n += 1) {
      transport.publish('all', FRAME);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await all;
    rates.push((SUBSCRIBERS * PUBLISHED * 1000) / (performance.now() - started));
  }
  sockets.forEach((socket) => socket.terminate());
  transport.stopListening();
  return figure(
    `reference: bare publish to ${SUBSCRIBERS} sockets`,
    'deliveries/s',
    'higher',
    rates,
  );
};

export const referenceFigures = async (runs: number, forMs: number): Promise<readonly Figure[]> => [
  await echoFigure(runs, forMs),
  await appendFigure(runs, forMs),
  await publishFigure(runs),
];
