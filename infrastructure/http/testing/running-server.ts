// The HTTP port with given routes on a free port, and the means to send it what no HTTP client would.
import { connect } from 'node:net';
import { left, right, isLeft } from 'fp-ts/lib/Either.js';
import { type Limits } from '../../../application/limits.ts';
import { type Position } from '../../../application/event-store/event-log.ts';
import { type Identity } from '../../../application/session/authentication.ts';
import { SessionId, UserId } from '../../../domain/shared/ids.ts';
import { Timestamp } from '../../../domain/shared/timestamp.ts';
import { loadConfig } from '../../config/config.ts';
import { createLog, type Log } from '../../logging/log.ts';
import { createMetrics, type ServerMetrics } from '../../metrics/metrics.ts';
import { createHttpServer, type HttpServerPorts } from '../server.ts';
import { keepingItsWord } from './keeps-its-word.ts';

export const defaultLimits = (): Limits => {
  const config = loadConfig({}, () => null);
  if (isLeft(config)) throw new Error('The defaults must be valid.');
  return config.right.limits;
};

const decoded = <A>(codec: { readonly is: (value: unknown) => value is A }, value: unknown): A => {
  if (!codec.is(value)) throw new Error(`not valid in a test: ${String(value)}`);
  return value;
};

export const ada: Identity = {
  userId: decoded(UserId, '01J00000000000000000000ADA'),
  sessionId: decoded(SessionId, '01J0000000000000000000SESS'),
  username: 'ada',
  expiresAt: decoded(Timestamp, 4_000_000_000_000),
};
/** The only token that the server of a test takes, unless it is given another `authenticate`. */
export const ADAS_TOKEN = 'adas-token';

export const at = (n: number): Position => String(n).padStart(20, '0') as Position;

export type RunningServer = {
  readonly url: string;
  readonly port: number;
  readonly metrics: ServerMetrics;
  readonly logged: () => string;
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  readonly post: (
    path: string,
    body: string,
    headers?: Record<string, string>,
  ) => Promise<Response>;
  /** Sends bytes over a socket and gives all that comes back until the server hangs up. */
  readonly raw: (text: string) => Promise<string>;
  readonly close: () => Promise<void>;
};

/** Everything written to a log, for tests that look for what must not be there. */
export const recordingLog = (): { readonly log: Log; readonly text: () => string } => {
  const lines: string[] = [];
  const log = createLog({
    level: 'trace',
    destination: { write: (line: string) => void lines.push(line) },
  });
  return { log, text: () => lines.join('') };
};

const exchange = (port: number, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(text, 'latin1'));
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });

export const runServer = async ({
  limits,
  routes = [],
  ...ports
}: Partial<Omit<HttpServerPorts, 'limits' | 'log' | 'metrics'>> & {
  readonly limits?: Partial<Limits>;
}): Promise<RunningServer> => {
  const { log, text } = recordingLog();
  const metrics = createMetrics();
  const server = createHttpServer({
    routes: routes.map(keepingItsWord),
    authenticate: (token) =>
      Promise.resolve(token === ADAS_TOKEN ? right(ada) : left({ type: 'Unauthenticated' })),
    guardAddress: () => false,
    limits: { ...defaultLimits(), ...limits },
    metrics,
    readPosition: { current: () => at(0), waitFor: () => Promise.resolve(true) },
    log,
    trustedProxies: [],
    gateway: () => null,
    ...ports,
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    metrics,
    logged: text,
    fetch: (path, init) => fetch(`${url}${path}`, init),
    post: (path, body, headers = {}) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      }),
    raw: (text) => exchange(port, text),
    close: server.close,
  };
};
