// WebSockets without native code, for a Node that uWebSockets.js has no binary for: the same behaviour at several times the
// price. Topics are sets of sockets here.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import {
  GATEWAY_PATH,
  sendInTurn,
  type Address,
  type Admission,
  type CloseCause,
  type Refusal,
  type Socket,
  type SocketListener,
  type TransportLimits,
  type UpgradeRequest,
  type WebSocketPort,
} from './web-socket-port.ts';

type Upgrade = (request: UpgradeRequest) => Promise<Refusal | Admission>;
type Topics = Map<string, Set<Socket>>;

const FAILED: Refusal = {
  type: 'Refused',
  status: '500 Internal Server Error',
  body: '{"error":"internal_error"}',
};

const header = (request: IncomingMessage, name: string): string => {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : (value ?? '');
};

const upgradeRequestOf = (request: IncomingMessage): UpgradeRequest => ({
  query: request.url?.split('?')[1] ?? '',
  peerAddress: request.socket.remoteAddress ?? '',
  origin: header(request, 'origin'),
  authorization: header(request, 'authorization'),
  forwardedFor: header(request, 'x-forwarded-for'),
});

/** Makes a socket of ours from an open WebSocket, and calls its listener exactly once when it ends. */
const adopt = (
  ws: WebSocket,
  admission: Admission,
  topics: Topics,
  { backpressureBytesMax }: TransportLimits,
) => {
  let listener: SocketListener | null = null;
  let isOpen = true;
  const joined = new Set<string>();
  const over = (cause: CloseCause) => {
    if (!isOpen) return;
    isOpen = false;
    for (const topic of [...joined]) socket.unsubscribe(topic);
    listener?.closed(cause);
  };
  const socket: Socket = {
    sendAll: (frames) => sendInTurn(socket.send, frames),
    send: (frame) => {
      if (!isOpen) return 'dropped';
      if (ws.bufferedAmount > backpressureBytesMax) {
        socket.drop();
        return 'dropped';
      }
      ws.send(frame);
      return ws.bufferedAmount > 0 ? 'buffered' : 'sent';
    },
    ping: () => {
      if (isOpen) ws.ping();
    },
    subscribe: (topic) => {
      if (!isOpen) return;
      joined.add(topic);
      topics.set(topic, (topics.get(topic) ?? new Set<Socket>()).add(socket));
    },
    unsubscribe: (topic) => {
      joined.delete(topic);
      const subscribers = topics.get(topic);
      subscribers?.delete(socket);
      if (subscribers?.size === 0) topics.delete(topic);
    },
    bufferedBytes: () => (isOpen ? ws.bufferedAmount : 0),
    end: (code, reason) => {
      ws.close(code, reason); // A peer that does not answer is cut off by the library after 30 s.
      over({ type: 'ended_by_us' });
    },
    drop: () => {
      ws.terminate();
      over({ type: 'ended_by_us' });
    },
  };
  ws.on('error', (error) => {
    ws.terminate();
    const isTooBig = error.message.startsWith('Max payload size exceeded');
    over({ type: isTooBig ? 'too_big' : 'protocol_error' });
  });
  ws.on('close', (code) => over({ type: code === 1006 ? 'lost' : 'closed_by_peer' }));
  ws.on('message', (data) => {
    if (isOpen && Buffer.isBuffer(data)) listener?.message(data);
  });
  ws.on('ping', () => listener?.heard());
  ws.on('pong', () => listener?.heard());
  listener = admission.open(socket);
};

const refuse = (stream: Duplex, { status, body }: Refusal) => {
  stream.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncache-control: no-store\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
};

const listenOn = (server: Server, host: string, port: number) =>
  new Promise<Address>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve({ host, port: typeof address === 'object' && address ? address.port : port });
    });
  });

export const createWsTransport = (limits: TransportLimits): WebSocketPort => {
  const topics: Topics = new Map();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.payloadBytesMax,
    perMessageDeflate: false,
    clientTracking: false,
  });
  const server = createServer((request, response) => {
    response.statusCode = request.url?.split('?')[0] === GATEWAY_PATH ? 400 : 404;
    response.end();
  });

  const onUpgrade =
    (upgrade: Upgrade) => (request: IncomingMessage, stream: Duplex, head: Buffer) => {
      let isGone = false;
      stream.on('error', () => stream.destroy());
      stream.once('close', () => (isGone = true));
      if (request.url?.split('?')[0] !== GATEWAY_PATH) {
        refuse(stream, { type: 'Refused', status: '404 Not Found', body: '' });
        return;
      }
      void upgrade(upgradeRequestOf(request))
        .catch(() => FAILED)
        .then((outcome) => {
          if (outcome.type === 'Refused') refuse(stream, outcome);
          else if (isGone) outcome.abandoned();
          else {
            const upgraded: WebSocket[] = [];
            sockets.handleUpgrade(request, stream, head, (ws) => {
              upgraded.push(ws);
              adopt(ws, outcome, topics, limits);
            });
            // The library answers a malformed handshake by itself, and calls nobody.
            if (upgraded.length === 0) outcome.abandoned();
          }
        });
    };

  return {
    implementation: 'javascript',
    listen: ({ host, port, upgrade }) => {
      server.on('upgrade', onUpgrade(upgrade));
      return listenOn(server, host, port);
    },
    publish: (topic, frame) => {
      for (const socket of [...(topics.get(topic) ?? [])]) socket.send(frame);
    },
    stopListening: () => {
      server.close();
    },
  };
};
