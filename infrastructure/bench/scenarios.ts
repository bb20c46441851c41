// What a message, a page of history, a search, a refresh, an idle connection, a replay and a start cost.
import { readFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import WebSocket from 'ws';
import { startServer } from '../testing/server-process.ts';
import { closedLoop, figure, loadFigures, type Figure } from './measure.ts';
import { setTheStage, type Stage } from './stage.ts';

// In the recorded conversations that the demo replays, 13 of 100 lines hold a link or a mark; here one of eight does.
const TEXTS = [
  'has anyone had this before? it was fine until I restarted',
  'yes, that is the driver. what does lsmod say?',
  "it says nothing, and I don't think it ever loaded",
  'try it without the second card first, then look at the log again',
  'look at [this page](https://example.org/wiki/drivers), it has all of them in a table',
  'ok',
  'that was it, thank you! I would never have found out that both want the same address',
  'no problem, it bit me too last month when I got the new machine',
];
const IDLE_CONNECTIONS = 1000;
const WARM_CONNECTIONS = 100;

/** Message create over REST, each acknowledged after its event is on disk. */
export const createFigures = async (
  stage: Stage,
  inFlight: readonly number[],
  runs: number,
  forMs: number,
): Promise<readonly Figure[]> => {
  const figures: Figure[] = [];
  for (const concurrent of inFlight) {
    const channelId = await stage.newChannel(`create ${concurrent}`);
    let posted = 0;
    const post = async (worker: number) => {
      posted += 1;
      const text = `${TEXTS[posted % TEXTS.length] ?? ''} ${worker}`;
      await stage.client.post(stage.token, stage.guildId, channelId, text);
    };
    await closedLoop(concurrent, forMs / 2, post); // Warm code and caches before what counts.
    figures.push(
      ...(await loadFigures(`message create, ${concurrent} in flight`, runs, () =>
        closedLoop(concurrent, forMs, post),
      )),
    );
  }
  return figures;
};

/** The newest 50 messages of a channel, 16 readers. */
export const historyFigures = async (
  stage: Stage,
  channelId: Stage['channelId'],
  runs: number,
  forMs: number,
) =>
  loadFigures('history newest 50, 16 in flight', runs, () =>
    closedLoop(16, forMs, async () => {
      await stage.client.history(stage.token, stage.guildId, channelId, { limit: 50 });
    }),
  );

export const searchFigures = async (
  stage: Stage,
  words: readonly string[],
  runs: number,
  forMs: number,
) => {
  let next = 0;
  return loadFigures('search, 16 in flight', runs, () =>
    closedLoop(16, forMs, async () => {
      next += 1;
      await stage.client.search(stage.token, stage.guildId, words[next % words.length] ?? '', 20);
    }),
  );
};

/** Refresh, 16 sessions each rotating its own token. */
export const refreshFigures = async (stage: Stage, runs: number, forMs: number) => {
  const tokens: string[] = [];
  for (let n = 0; n < 16; n += 1) tokens.push(await stage.signIn());
  return loadFigures('refresh, 16 in flight', runs, () =>
    closedLoop(16, forMs, async (worker) => {
      const refreshed = await stage.client.refresh(tokens[worker] ?? '');
      tokens[worker] = refreshed.refresh_token;
    }),
  );
};

const residentKib = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

const connectIdle = async (stage: Stage, connections: number): Promise<readonly WebSocket[]> => {
  const sockets: WebSocket[] = [];
  for (let n = 0; n < connections; n += 1) {
    const socket = new WebSocket(`${stage.gatewayUrl}?access_token=${stage.token}`);
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', (data: Buffer) => {
        if (data.includes('"ready"')) {
          socket.send(
            JSON.stringify({
              v: 1,
              t: 'subscribe',
              d: { guild_id: stage.guildId, channel_id: stage.channelId },
            }),
          );
        }
        if (data.includes('"subscribed"')) resolve();
      });
    });
    sockets.push(socket);
  }
  return sockets;
};

/**
 * Resident memory per subscribed connection that says nothing. On a server of its own: one that was under load before gives
 * memory back meanwhile, which hides what connections take.
 */
export const memoryFigure = async (): Promise<Figure> => {
  const stage = await setTheStage();
  try {
    const first = await connectIdle(stage, WARM_CONNECTIONS); // Code and pools that any number needs.
    const before = residentKib(stage.server.pid);
    const sockets = await connectIdle(stage, IDLE_CONNECTIONS);
    const after = residentKib(stage.server.pid);
    for (const socket of [...first, ...sockets]) socket.terminate();
    return figure('memory per idle connection', 'KiB', 'lower', [
      (after - before) / IDLE_CONNECTIONS,
    ]);
  } finally {
    await stage.close();
  }
};

/** A rebuild of the messages read model beside the running server. */
export const replayFigure = async (stage: Stage, runs: number): Promise<Figure> => {
  const rates: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['dist/server/filament.js', 'projections', 'rebuild', 'messages', '--full-speed', '--json'],
      {
        env: { PATH: process.env['PATH'] ?? '', ...stage.environment },
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    rates.push(Number(/"eventsPerSecond":\s*([\d.]+)/.exec(stdout)?.[1]));
  }
  return figure('replay into messages', 'events/s', 'higher', rates);
};

/** From spawn to ready, on a data directory that exists. Stops the stage's server. */
export const startFigure = async (stage: Stage, runs: number): Promise<Figure> => {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const server = await startServer(stage.environment, ['infra/start.mjs']);
    times.push(server.readyAfterMs);
    await server.stop();
  }
  return figure('start-up, warm', 'ms', 'lower', times);
};
