// A transport in memory: what each client was sent, in order, without waiting.
import {
  sendInTurn,
  type CloseCause,
  type Socket,
  type SocketListener,
  type UpgradeRequest,
  type WebSocketPort,
} from '../web-socket-port.ts';

type Upgrade = Parameters<WebSocketPort['listen']>[0]['upgrade'];
export type FakeFrame = {
  readonly v: number;
  readonly t: string;
  readonly d: Record<string, unknown>;
  readonly s?: string; // For those who want places
};

export type FakeClient = {
  readonly frames: FakeFrame[];
  readonly texts: string[];
  readonly ended: () => { readonly code: number; readonly reason: string } | null; // Null: still open
  readonly pings: () => number;
  readonly sendBytes: (bytes: Uint8Array) => void;
  readonly send: (t: string, d: unknown) => void;
  readonly pong: () => void;
  readonly hangUp: () => void;
  /** From now on the peer does not read: what is sent piles up. */
  readonly stopReading: () => void;
};

const REQUEST: UpgradeRequest = {
  query: '',
  peerAddress: '192.0.2.1',
  origin: '',
  authorization: '',
  forwardedFor: '',
};

export const createFakeTransport = () => {
  const topics = new Map<string, Set<Socket>>();
  let upgrade: Upgrade = () => Promise.reject(new Error('not listening'));

  const connectClient = (open: (socket: Socket) => SocketListener): FakeClient => {
    const frames: FakeFrame[] = [];
    const texts: string[] = [];
    let ended: { code: number; reason: string } | null = null;
    let buffered = 0;
    let isReading = true;
    let pings = 0;
    const over = (code: number, reason: string, cause: CloseCause) => {
      if (ended) return;
      ended = { code, reason };
      for (const subscribers of topics.values()) subscribers.delete(socket);
      listener.closed(cause);
    };
    const socket: Socket = {
      sendAll: (texts) => sendInTurn(socket.send, texts),
      send: (text) => {
        if (ended) return 'dropped';
        if (!isReading) {
          buffered += text.length;
          return 'buffered';
        }
        texts.push(text);
        frames.push(JSON.parse(text) as FakeFrame);
        return 'sent';
      },
      ping: () => {
        pings += 1;
      },
      subscribe: (topic) => {
        topics.set(topic, (topics.get(topic) ?? new Set<Socket>()).add(socket));
      },
      unsubscribe: (topic) => {
        topics.get(topic)?.delete(socket);
      },
      bufferedBytes: () => buffered,
      end: (code, reason) => over(code, reason, { type: 'ended_by_us' }),
      drop: () => over(1006, '', { type: 'ended_by_us' }),
    };
    const listener = open(socket);
    const sendBytes = (bytes: Uint8Array) => listener.message(bytes);
    return {
      frames,
      texts,
      ended: () => ended,
      pings: () => pings,
      sendBytes,
      send: (t, d) => sendBytes(Buffer.from(JSON.stringify({ v: 1, t, d }))),
      pong: () => listener.heard(),
      hangUp: () => over(1000, '', { type: 'closed_by_peer' }),
      stopReading: () => {
        isReading = false;
      },
    };
  };

  const port: WebSocketPort = {
    implementation: 'javascript',
    listen: ({ host, port: number, upgrade: asked }) => {
      upgrade = asked;
      return Promise.resolve({ host, port: number });
    },
    publish: (topic, frame) => {
      for (const socket of [...(topics.get(topic) ?? [])]) socket.send(frame);
    },
    stopListening: () => {
      upgrade = () => Promise.reject(new Error('not listening'));
    },
  };
  return {
    port,
    /** The refused upgrade's status line, or the connected client. */
    connect: async (request: Partial<UpgradeRequest>): Promise<FakeClient | string> => {
      const outcome = await upgrade({ ...REQUEST, ...request });
      return outcome.type === 'Refused' ? outcome.status : connectClient(outcome.open);
    },
  };
};
