// What coming back costs: to the first live frame with a summary, and until everything missed is told.
import WebSocket from 'ws';
import { type ChannelId } from '../../domain/shared/ids.ts';
import { closedLoop, figure, quantile, type Figure } from './measure.ts';
import { type Stage } from './stage.ts';

const REPLAYED = 10_000;

type Heard = { readonly t: string; readonly d: Readonly<Record<string, unknown>> };
type Left = { readonly installationId: string; readonly position: string };

const open = async (stage: Stage, places: string) => {
  const socket = new WebSocket(`${stage.gatewayUrl}?access_token=${stage.token}&places=${places}`);
  const waiting = new Map<string, (frame: Heard) => void>();
  let replayed = 0;
  socket.on('message', (data: Buffer) => {
    const text = data.toString('utf8');
    if (text.includes('"t":"message_create"')) replayed += 1;
    for (const [name, resolve] of waiting)
      if (text.startsWith(`{"v":1,"t":"${name}"`)) resolve(JSON.parse(text) as Heard);
  });
  const frame = (name: string) =>
    new Promise<Heard>((resolve, reject) => {
      waiting.set(name, resolve);
      socket.once('error', reject);
      socket.once('close', () => reject(new Error(`closed before ${name}`)));
    });
  const ready = await frame('ready');
  return { socket, frame, ready, replayed: () => replayed };
};

/** Where somebody is who goes away now. */
export const leave = async (stage: Stage): Promise<Left> => {
  const { socket, ready } = await open(stage, '1');
  socket.terminate();
  return {
    installationId: String(ready.d['installation_id']),
    position: String(ready.d['position']),
  };
};

const resumeMs = async (
  stage: Stage,
  { installationId, position }: Left,
  channelId: ChannelId,
  missed: 'replay' | 'summary',
) => {
  const { socket, frame, replayed } = await open(stage, 'resume');
  const started = performance.now();
  const resumed = frame('resumed');
  const data = {
    installation_id: installationId,
    position,
    subscriptions: [{ guild_id: stage.guildId, channel_ids: [channelId] }],
    missed,
  };
  socket.send(JSON.stringify({ v: 1, t: 'resume', d: data }));
  await resumed;
  let ms = performance.now() - started;
  if (missed === 'summary') {
    const live = frame('message_create');
    await stage.client.post(stage.token, stage.guildId, channelId, 'live');
    await live;
    ms = performance.now() - started;
  }
  socket.terminate();
  return { ms, replayed: replayed() };
};

/** `left`: before very much was posted. */
export const resumeFigures = async (
  stage: Stage,
  left: Left,
  runs: number,
): Promise<readonly Figure[]> => {
  const channelId = await stage.newChannel('resumed');
  const summaries: number[] = [];
  for (let run = 0; run < runs * 33; run += 1)
    summaries.push((await resumeMs(stage, left, channelId, 'summary')).ms);
  const before = await leave(stage);
  let posted = 0;
  while (posted < REPLAYED)
    await closedLoop(64, 500, async () => {
      if (posted >= REPLAYED) return;
      posted += 1;
      await stage.client.post(stage.token, stage.guildId, channelId, `missed ${posted}`);
    });
  await resumeMs(stage, before, channelId, 'replay'); // Warms the code as any busy server's is.
  const replays: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const { ms, replayed } = await resumeMs(stage, before, channelId, 'replay');
    if (replayed !== posted) throw new Error(`${replayed} of ${posted} were told`);
    replays.push(ms);
  }
  return [
    figure('resume with summary to first live frame, p99', 'ms', 'lower', [
      quantile(summaries, 0.99),
    ]),
    figure('resume with summary to first live frame, p50', 'ms', 'lower', [
      quantile(summaries, 0.5),
    ]),
    figure(`resume, ${REPLAYED} messages replayed`, 'ms', 'lower', replays),
  ];
};
