// How long a message takes from the request to every subscriber's socket.
import { performance } from 'node:perf_hooks';
import WebSocket from 'ws';
import { figure, quantile, type Figure } from './measure.ts';
import { type Stage } from './stage.ts';

const STEADY_RATE = 20; // Messages per second
const STEADY_MESSAGES = 60;
const FULL_MESSAGES = 1000;
const FULL_IN_FLIGHT = 16;
const DELIVERY_MS_MAX = 30_000;
// The frame's text starts with the time it was sent; looked up in the raw text, since decoding 500 copies would be the client's time.
const SENT_AT = /"content":"t(\d+(?:\.\d+)?) /;

type Audience = {
  readonly received: () => number;
  readonly latenciesMs: readonly number[];
  readonly until: (count: number) => Promise<void>;
  readonly close: () => void;
};

const subscribeOne = (
  stage: Stage,
  channelId: string,
  onText: (text: string) => void,
): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${stage.gatewayUrl}?access_token=${stage.token}`);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed before it was subscribed')));
    socket.on('open', () =>
      socket.send(
        JSON.stringify({
          v: 1,
          t: 'subscribe',
          d: { guild_id: stage.guildId, channel_id: channelId },
        }),
      ),
    );
    socket.on('message', (data: Buffer) => {
      const text = data.toString('latin1');
      if (text.includes('"t":"subscribed"')) resolve(socket);
      else if (text.includes('"t":"message_create"')) onText(text);
    });
  });

const gather = async (stage: Stage, channelId: string, size: number): Promise<Audience> => {
  const latenciesMs: number[] = [];
  let waiting: { count: number; done: () => void } | null = null;
  const onText = (text: string) => {
    latenciesMs.push(performance.now() - Number(SENT_AT.exec(text)?.[1]));
    if (waiting && latenciesMs.length >= waiting.count) waiting.done();
  };
  const sockets: WebSocket[] = [];
  let closed = 0;
  for (let n = 0; n < size; n += 1) {
    const socket = await subscribeOne(stage, channelId, onText);
    socket.on('close', () => (closed += 1));
    sockets.push(socket);
  }
  return {
    received: () => latenciesMs.length,
    latenciesMs,
    until: (count) =>
      new Promise((done, failed) => {
        const timer = setTimeout(
          () =>
            failed(
              new Error(`${latenciesMs.length} of ${count} deliveries, ${closed} sockets lost`),
            ),
          DELIVERY_MS_MAX,
        );
        waiting = {
          count,
          done: () => {
            clearTimeout(timer);
            done();
          },
        };
        if (latenciesMs.length >= count) waiting.done();
      }),
    close: () => sockets.forEach((socket) => socket.terminate()),
  };
};

const postNow = (stage: Stage, channelId: Stage['channelId']) =>
  stage.client.post(
    stage.token,
    stage.guildId,
    channelId,
    `t${performance.now()} ${'a message of an ordinary length, as people write them '.repeat(3)}`,
  );

const steadyRun = async (stage: Stage, size: number, name: string) => {
  const channelId = await stage.newChannel(name);
  const audience = await gather(stage, channelId, size);
  const posts: Promise<unknown>[] = [];
  for (let n = 0; n < STEADY_MESSAGES; n += 1) {
    posts.push(postNow(stage, channelId));
    await new Promise((resolve) => setTimeout(resolve, 1000 / STEADY_RATE));
  }
  await Promise.all(posts);
  await audience.until(STEADY_MESSAGES * size);
  audience.close();
  return audience.latenciesMs;
};

const fullRun = async (stage: Stage, size: number, name: string) => {
  const channelId = await stage.newChannel(name);
  const audience = await gather(stage, channelId, size);
  const messages = Math.max(100, Math.floor(FULL_MESSAGES / Math.sqrt(size)));
  let left = messages;
  const started = performance.now();
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await postNow(stage, channelId);
    }
  };
  await Promise.all(Array.from({ length: FULL_IN_FLIGHT }, worker));
  await audience.until(messages * size);
  const seconds = (performance.now() - started) / 1000;
  audience.close();
  return (messages * size) / seconds;
};

export const deliveryFigures = async (
  stage: Stage,
  sizes: readonly number[],
  runs: number,
): Promise<readonly Figure[]> => {
  const figures: Figure[] = [];
  for (const size of sizes) {
    const steady: number[][] = [];
    const full: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      steady.push([...(await steadyRun(stage, size, `steady ${size} ${run}`))]);
      full.push(await fullRun(stage, size, `full ${size} ${run}`));
    }
    const at = (q: number) => steady.map((latencies) => quantile(latencies, q));
    figures.push(
      figure(`delivery to ${size} at ${STEADY_RATE}/s, p50`, 'ms', 'lower', at(0.5)),
      figure(`delivery to ${size} at ${STEADY_RATE}/s, p99`, 'ms', 'lower', at(0.99)),
      figure(`delivery to ${size} at full rate`, 'deliveries/s', 'higher', full),
    );
  }
  return figures;
};
