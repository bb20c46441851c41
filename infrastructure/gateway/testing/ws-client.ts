// A WebSocket client for tests on the real transports: waits for conditions, never for time.
import { once } from 'node:events';
import WebSocket from 'ws';
import { type FakeFrame } from './fake-transport.ts';

export type Closed = { readonly code: number; readonly reason: string };

export const connectWs = async (url: string, options: WebSocket.ClientOptions = {}) => {
  const socket = new WebSocket(url, options);
  const frames: FakeFrame[] = [];
  const waiting = new Set<() => void>();
  let pings = 0;
  const check = () => {
    for (const look of [...waiting]) look();
  };
  socket.on('message', (data: Buffer) => {
    frames.push(JSON.parse(data.toString('utf8')) as FakeFrame);
    check();
  });
  socket.on('ping', () => {
    pings += 1;
    check();
  });
  socket.on('error', () => {}); // What counts is the close that follows.
  const closed = new Promise<Closed>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!condition()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  await Promise.race([once(socket, 'open'), closed]);
  return {
    socket,
    frames,
    closed,
    until,
    pings: () => pings,
    send: (t: string, d: unknown) => socket.send(JSON.stringify({ v: 1, t, d })),
    /** Resolves with the first frame of the type, past or to come. */
    frame: async (t: string): Promise<FakeFrame> => {
      await until(() => frames.some((frame) => frame.t === t));
      return frames.find((frame) => frame.t === t)!;
    },
  };
};
export type WsClient = Awaited<ReturnType<typeof connectWs>>;

/** The HTTP answer to an upgrade that was refused. */
export const refusedUpgrade = (url: string, options: WebSocket.ClientOptions = {}) =>
  new Promise<{ status: number; body: string; type: string }>((resolve, reject) => {
    const socket = new WebSocket(url, options);
    socket.once('open', () => {
      socket.terminate();
      reject(new Error('The upgrade was accepted.'));
    });
    socket.on('error', () => {});
    socket.once('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString(),
          type: response.headers['content-type'] ?? '',
        }),
      );
    });
  });
