// The only file that knows uWebSockets.js. Its objects die with the callback (requests, message bytes) or with the socket,
// and using a dead one crashes the process: everything is copied or guarded here.
import uWS, {
  type HttpRequest,
  type HttpResponse,
  type us_listen_socket,
  type us_socket_context_t,
  type WebSocket,
} from 'uWebSockets.js';
import {
  GATEWAY_PATH,
  sendInTurn,
  type Admission,
  type CloseCause,
  type Refusal,
  type SendOutcome,
  type Socket,
  type SocketListener,
  type TransportLimits,
  type UpgradeRequest,
  type WebSocketPort,
} from './web-socket-port.ts';

type Connected = {
  readonly admission: Admission;
  isOpen: boolean;
  endedByUs: boolean;
  listener: SocketListener | null;
};
type Ws = WebSocket<Connected>;
type Upgrade = (request: UpgradeRequest) => Promise<Refusal | Admission>;

/**
 * Whether the native library is what was loaded. Where it has no binary for this Node (22 and later) the package silently
 * hands out a substitute that can't refuse upgrades or publish; only the native module has `SSLApp`.
 */
export const isNativeLoaded = (): boolean => 'SSLApp' in uWS;

const text = (bytes: ArrayBuffer) => Buffer.from(bytes).toString('latin1');

const sending = (ws: Ws, state: Connected): Pick<Socket, 'send' | 'sendAll'> => {
  const send: Socket['send'] = (frame) => {
    if (!state.isOpen) return 'dropped';
    const status = ws.send(frame, false, false);
    return status === 1 ? 'sent' : status === 0 ? 'buffered' : 'dropped';
  };
  return {
    send,
    sendAll: (frames) => {
      if (!state.isOpen) return 'dropped';
      let outcome: SendOutcome = 'sent';
      ws.cork(() => {
        outcome = sendInTurn(send, frames);
      });
      return outcome;
    },
  };
};

const socketOf = (ws: Ws, state: Connected): Socket => ({
  ...sending(ws, state),
  ping: () => {
    if (state.isOpen) ws.ping();
  },
  subscribe: (topic) => {
    if (state.isOpen) ws.subscribe(topic);
  },
  unsubscribe: (topic) => {
    if (state.isOpen) ws.unsubscribe(topic);
  },
  bufferedBytes: () => (state.isOpen ? ws.getBufferedAmount() : 0),
  end: (code, reason) => {
    if (!state.isOpen) return;
    state.endedByUs = true;
    ws.end(code, reason);
  },
  drop: () => {
    if (!state.isOpen) return;
    state.endedByUs = true;
    ws.close();
  },
});

const causeOf = (state: Connected, code: number, reason: string): CloseCause => {
  if (state.endedByUs) return { type: 'ended_by_us' };
  if (code !== 1006) return { type: 'closed_by_peer' };
  if (reason.startsWith('Received too big message')) return { type: 'too_big' };
  return { type: reason === '' ? 'lost' : 'protocol_error' };
};

const refuse = (response: HttpResponse, { status, body }: Refusal) => {
  response
    .writeStatus(status)
    .writeHeader('content-type', 'application/json')
    .writeHeader('cache-control', 'no-store')
    .end(body, true);
};

const FAILED: Refusal = {
  type: 'Refused',
  status: '500 Internal Server Error',
  body: '{"error":"internal_error"}',
};

/** The types promise a string, but it is undefined where the URL has no `?`. */
const queryOf = (request: { readonly getQuery: () => string | undefined }): string =>
  request.getQuery() ?? '';

/** All lines of the header: looking at the first only would let a client hide what a proxy added in a second one. */
const forwardedForOf = (request: HttpRequest): string => {
  const lines: string[] = [];
  request.forEach((name, value) => {
    if (name === 'x-forwarded-for') lines.push(value);
  });
  return lines.join(',');
};

const onUpgrade =
  (upgrade: Upgrade) =>
  (response: HttpResponse, request: HttpRequest, context: us_socket_context_t): void => {
    let aborted = false;
    response.onAborted(() => {
      aborted = true;
    });
    // The request object is gone after this callback, so all that is needed of it is copied now.
    const key = request.getHeader('sec-websocket-key');
    const protocol = request.getHeader('sec-websocket-protocol');
    const extensions = request.getHeader('sec-websocket-extensions');
    const asked = upgrade({
      query: queryOf(request),
      peerAddress: text(response.getRemoteAddressAsText()),
      origin: request.getHeader('origin'),
      authorization: request.getHeader('authorization'),
      forwardedFor: forwardedForOf(request),
    });
    void asked
      .catch(() => FAILED)
      .then((outcome) => {
        if (aborted) {
          if (outcome.type === 'Admitted') outcome.abandoned();
          return;
        }
        if (outcome.type === 'Refused') {
          response.cork(() => refuse(response, outcome));
          return;
        }
        const state: Connected = {
          admission: outcome,
          isOpen: false,
          endedByUs: false,
          listener: null,
        };
        // Not corked: after a corked upgrade the library looks at the socket as if it were HTTP still, when the memory that
        // it was moved to happens to be where it was, and then ends it or not by whatever stands there.
        response.upgrade(state, key, protocol, extensions, context);
      });
  };

const isStillOpen = (state: Connected): boolean => state.isOpen;

const open = (ws: Ws) => {
  const state = ws.getUserData();
  state.isOpen = true;
  state.listener = state.admission.open(socketOf(ws, state));
  // Ended while it was being opened: its close callback came before there was anyone to tell.
  if (!isStillOpen(state)) state.listener.closed({ type: 'ended_by_us' });
};

const close = (ws: Ws, code: number, message: ArrayBuffer) => {
  const state = ws.getUserData();
  state.isOpen = false;
  state.listener?.closed(causeOf(state, code, text(message)));
};

// LIBUS_LISTEN_EXCLUSIVE_PORT. Without it a second server listens on the very same port, and each gets half of the sockets.
const EXCLUSIVE_PORT = 1;

const listenOn = (app: uWS.TemplatedApp, host: string, port: number) =>
  new Promise<us_listen_socket>((resolve, reject) => {
    const listening = (socket: us_listen_socket | false) => {
      if (socket) resolve(socket);
      else
        reject(
          new Error(
            `The gateway can't listen on ${host}:${port}: the port is taken, or not ours to take. ` +
              'Stop what uses it, or set FILAMENT_GATEWAY_BIND_ADDR to another.',
          ),
        );
    };
    // The types know options only without a host; the library takes both.
    const listen = Reflect.get(app, 'listen') as () => unknown;
    Reflect.apply(listen, app, [host, port, EXCLUSIVE_PORT, listening]);
  });

/** How sockets behave, apart from what is done with their messages. */
export const socketSettings = ({ payloadBytesMax, backpressureBytesMax }: TransportLimits) => ({
  compression: uWS.DISABLED, // CRIME and BREACH; and 70 kB of memory per socket
  maxPayloadLength: payloadBytesMax,
  maxBackpressure: backpressureBytesMax,
  closeOnBackpressureLimit: 1, // Else frames are dropped in silence and the peer never knows
  idleTimeout: 0, // The gateway's own heartbeat finds dead peers, and counts them
  sendPingsAutomatically: false,
});

/** WebSockets by uWebSockets.js; must only be used when `isNativeLoaded()`. */
export const createUwsTransport = (limits: TransportLimits): WebSocketPort => {
  const app = uWS.App();
  let listening: us_listen_socket | null = null;
  return {
    implementation: 'native',
    listen: async ({ host, port, upgrade }) => {
      app
        .ws<Connected>(GATEWAY_PATH, {
          ...socketSettings(limits),
          upgrade: onUpgrade(upgrade),
          open,
          message: (ws, bytes) => ws.getUserData().listener?.message(new Uint8Array(bytes)),
          ping: (ws) => ws.getUserData().listener?.heard(),
          pong: (ws) => ws.getUserData().listener?.heard(),
          close,
        })
        .any(GATEWAY_PATH, (response) => {
          response.writeStatus('400 Bad Request').end('', true);
        })
        .any('/*', (response) => {
          response.writeStatus('404 Not Found').end('', true);
        });
      listening = await listenOn(app, host, port);
      return { host, port: uWS.us_socket_local_port(listening) };
    },
    publish: (topic, frame) => {
      app.publish(topic, frame, false, false);
    },
    stopListening: () => {
      if (listening !== null) uWS.us_listen_socket_close(listening);
      listening = null;
    },
  };
};
