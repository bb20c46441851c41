// What the gateway needs of a WebSocket server. Adapters: transport-uws.ts, transport-ws.ts, testing/fake-transport.ts.

/** The first request of a connection, before it becomes a WebSocket. */
export type UpgradeRequest = {
  readonly query: string; // Raw, without `?`
  readonly peerAddress: string;
  readonly origin: string; // Header values are '' when absent
  readonly authorization: string;
  readonly forwardedFor: string;
};

/** An upgrade that is refused is answered with a plain HTTP response. */
export type Refusal = {
  readonly type: 'Refused';
  readonly status: string; // `401 Unauthorized`
  readonly body: string; // JSON
};

export type Admission = {
  readonly type: 'Admitted';
  readonly open: (socket: Socket) => SocketListener;
  /** The peer went away before the upgrade was done: `open` will not be called. */
  readonly abandoned: () => void;
};

export type SendOutcome = 'sent' | 'buffered' | 'dropped';

/** One open WebSocket. Every method is a no-op once the socket is closed. */
export type Socket = {
  /** `dropped`: the outbound buffer is full and the frame was not taken. */
  readonly send: (frame: string) => SendOutcome;
  /** Sends them in order with as few system calls as there can be; ends at the first that is dropped. */
  readonly sendAll: (frames: readonly string[]) => SendOutcome;
  readonly ping: () => void;
  readonly subscribe: (topic: string) => void;
  readonly unsubscribe: (topic: string) => void;
  /** Bytes accepted but not yet taken by the peer. */
  readonly bufferedBytes: () => number;
  /** Says goodbye with a close frame. Calls `closed` of the listener before it returns. */
  readonly end: (code: number, reason: string) => void;
  /** Cuts the connection without a close frame (the peer sees 1006). Calls `closed` before it returns. */
  readonly drop: () => void;
};

/** Sends one after the other, as `sendAll` has to; ends at the first that is dropped. */
export const sendInTurn = (send: Socket['send'], frames: readonly string[]): SendOutcome => {
  let outcome: SendOutcome = 'sent';
  for (const frame of frames) {
    outcome = send(frame);
    if (outcome === 'dropped') break;
  }
  return outcome;
};

export type CloseCause =
  | { readonly type: 'ended_by_us' }
  | { readonly type: 'closed_by_peer' }
  | { readonly type: 'lost' }
  | { readonly type: 'too_big' }
  | { readonly type: 'protocol_error' };

export type SocketListener = {
  /** The bytes are only valid until the callback returns. */
  readonly message: (bytes: Uint8Array) => void;
  /** A ping or pong arrived: the peer lives. */
  readonly heard: () => void;
  /** Exactly once; the socket may not be used in it. */
  readonly closed: (cause: CloseCause) => void;
};

export type Address = { readonly host: string; readonly port: number };

export type WebSocketPort = {
  /** `javascript`: the native library could not be loaded and everything costs several times as much. */
  readonly implementation: 'native' | 'javascript';
  /** Listens for `GET /gateway/ws` upgrades; port 0 picks one. Rejects when the address is taken. */
  readonly listen: (request: {
    readonly host: string;
    readonly port: number;
    readonly upgrade: (request: UpgradeRequest) => Promise<Refusal | Admission>;
  }) => Promise<Address>;
  /** Sends a frame to every subscriber of a topic, in order with what was sent to each of them before. */
  readonly publish: (topic: string, frame: string) => void;
  /** Stops listening; open sockets stay. */
  readonly stopListening: () => void;
};

/** What an adapter enforces by itself, as the last line behind the gateway's own checks. */
export type TransportLimits = {
  readonly payloadBytesMax: number;
  readonly backpressureBytesMax: number;
};

export const GATEWAY_PATH = '/gateway/ws';
