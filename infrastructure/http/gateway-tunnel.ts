// Carries WebSocket upgrades of the HTTP port to the gateway's own port, byte for byte, so that one origin serves all.
import { randomUUID } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type Duplex } from 'node:stream';

const ANSWER_TIMEOUT_MS = 10_000; // Of the gateway, which may have to ask the database who somebody is
const LET_IN = 'HTTP/1.1 101 ';

export type GatewayTunnel = {
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Ends every tunnelled connection. */
  readonly close: () => void;
};

const RESPONSES = {
  400: 'Bad Request',
  404: 'Not Found',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
} as const;

const refuse = (socket: Duplex, status: keyof typeof RESPONSES, retryAfterSecs?: number): void => {
  const retry = retryAfterSecs === undefined ? '' : `Retry-After: ${retryAfterSecs}\r\n`;
  socket.end(
    `HTTP/1.1 ${status} ${RESPONSES[status]}\r\n${retry}X-Request-Id: ${randomUUID()}\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
  );
};

/**
 * The request as it came, but with one forwarded address: the client's as this port judged it. The gateway believes it
 * from this machine.
 */
const requestHead = (request: IncomingMessage, address: string | null): string => {
  const lines = [`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/1.1`];
  const { rawHeaders } = request;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name.toLowerCase() !== 'x-forwarded-for') lines.push(`${name}: ${rawHeaders[i + 1] ?? ''}`);
  }
  if (address !== null) lines.push(`X-Forwarded-For: ${address}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
};

const isGatewayPath = (url: string | undefined) =>
  url === '/gateway/ws' || url?.startsWith('/gateway/ws?') === true;

const isWebSocket = (request: IncomingMessage) =>
  request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket';

export const createGatewayTunnel = ({
  gateway,
  clientAddress,
  admit,
}: {
  /** Where the gateway listens; null while it does not. */
  readonly gateway: () => { readonly host: string; readonly port: number } | null;
  readonly clientAddress: (request: IncomingMessage) => string | null;
  /** Asks the limiter of an address: zero, or the seconds to wait. */
  readonly admit: (address: string | null) => number;
}): GatewayTunnel => {
  const open = new Set<Duplex>();

  const join = (
    socket: Duplex,
    upstream: Socket,
    [requestBytes, head]: readonly [string, Buffer],
  ): void => {
    for (const end of [socket, upstream]) {
      open.add(end);
      end.once('close', () => {
        open.delete(end);
        socket.destroy();
        upstream.destroy();
      });
    }
    upstream.setTimeout(ANSWER_TIMEOUT_MS, () => upstream.destroy(new Error('No answer.')));
    upstream.on('error', () => {
      if (upstream.connecting || upstream.bytesRead === 0) refuse(socket, 503, 1);
    });
    upstream.once('connect', () => {
      upstream.setNoDelay(true);
      upstream.write(requestBytes, 'latin1');
    });
    // The client is heard only once the gateway let it in: else its next bytes could be a request of its own making, with
    // a forwarded address that the gateway would believe.
    upstream.once('data', (answer: Buffer) => {
      if (!answer.toString('latin1').startsWith(LET_IN)) {
        socket.end(answer);
        return;
      }
      upstream.setTimeout(0);
      socket.write(answer);
      if (head.length > 0) upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
  };

  return {
    upgrade: (request, socket, head) => {
      socket.on('error', () => socket.destroy());
      const address = clientAddress(request);
      const target = gateway();
      const wait = admit(address);
      if (!isGatewayPath(request.url)) refuse(socket, 404);
      else if (!isWebSocket(request)) refuse(socket, 400);
      else if (wait > 0) refuse(socket, 429, wait);
      else if (target === null) refuse(socket, 503, 1);
      else
        join(socket, connect({ ...target, noDelay: true }), [requestHead(request, address), head]);
    },
    close: () => {
      for (const socket of open) socket.destroy();
    },
  };
};
