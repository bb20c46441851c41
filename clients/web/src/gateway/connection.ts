/* eslint-disable max-lines-per-function -- A factory of state is a list of short functions over that state. */
// One socket to the gateway that comes back by itself. It knows nothing of what frames mean.
import { ServerFrame } from '../../../../application/contract/gateway-frames.ts';
import { backoffMs } from './backoff.ts';

export type ConnectionState =
  | { readonly type: 'idle' }
  | { readonly type: 'connecting'; readonly attempt: number }
  | { readonly type: 'online' }
  | { readonly type: 'waiting'; readonly attempt: number; readonly retryAt: number }; // Milliseconds

export type Socket = Pick<WebSocket, 'send' | 'close' | 'readyState'> & {
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
};

const OPEN = 1;
const READY_MS_MAX = 10_000;

/** A frame of ours, or null for what is malformed or of a type this client doesn't know: both are ignored. */
export const decodeFrame = (data: unknown): ServerFrame | null => {
  if (typeof data !== 'string') return null;
  try {
    const decoded = ServerFrame.decode(JSON.parse(data));
    return decoded._tag === 'Right' ? decoded.right : null;
  } catch {
    return null;
  }
};

/**
 * Keeps a socket open between `start` and `stop`.
 *
 * `address` answers the URL to dial, or null when it can't be had now (no token yet); `afterFailure` is true when the
 * try before never became ready, so that it can ask for a new token. The connection counts as online with `ready`.
 */
export const createConnection = ({
  address,
  openSocket,
  onFrame,
  onState,
  random,
  now,
}: {
  readonly address: (afterFailure: boolean) => Promise<string | null>;
  readonly openSocket: (url: string) => Socket;
  readonly onFrame: (frame: ServerFrame) => void;
  readonly onState: (state: ConnectionState) => void;
  readonly random: () => number;
  readonly now: () => number;
}) => {
  let socket: Socket | null = null;
  let state: ConnectionState = { type: 'idle' };
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let life = 0; // Answers that belong to an abandoned try are told apart by it.

  const become = (next: ConnectionState) => {
    state = next;
    onState(next);
  };

  const drop = () => {
    clearTimeout(timer);
    life += 1;
    if (socket === null) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
    socket = null;
  };

  const retryLater = () => {
    drop();
    const wait = backoffMs(attempt, random);
    attempt += 1;
    become({ type: 'waiting', attempt, retryAt: now() + wait });
    timer = setTimeout(() => void dial(), wait);
  };

  const listen = (opened: Socket) => {
    socket = opened;
    timer = setTimeout(retryLater, READY_MS_MAX);
    opened.onclose = retryLater;
    opened.onmessage = ({ data }) => {
      const frame = decodeFrame(data);
      if (frame === null) return;
      if (frame.t === 'ready') {
        clearTimeout(timer);
        attempt = 0;
        become({ type: 'online' });
      }
      onFrame(frame);
    };
  };

  const dial = async () => {
    drop();
    const mine = life;
    become({ type: 'connecting', attempt });
    const url = await address(attempt > 0).catch(() => null);
    if (mine !== life) return;
    if (url === null) {
      retryLater();
      return;
    }
    listen(openSocket(url));
  };

  return {
    start: () => {
      if (state.type === 'idle') void dial();
    },
    stop: () => {
      drop();
      attempt = 0;
      become({ type: 'idle' });
    },
    retryNow: () => {
      if (state.type === 'waiting') void dial();
    },
    /** Tells whether the frame left; nothing is queued, because a new socket starts from a fresh subscription. */
    send: (frame: { readonly t: string; readonly d: unknown }): boolean => {
      if (state.type !== 'online' || socket?.readyState !== OPEN) return false;
      socket.send(JSON.stringify({ v: 1, ...frame }));
      return true;
    },
  };
};
