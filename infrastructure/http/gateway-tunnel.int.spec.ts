import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { runServer, type RunningServer } from './testing/running-server.ts';

const KEYS = 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: a\r\n';
const upgrade = (path: string, headers = '') =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\n${KEYS}${headers}\r\n`;

/** A gateway that tells what it was sent, then echoes; but refuses the token `bad`, and would take a next request. */
const startGateway = async () => {
  const heads: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', (head) => {
      heads.push(head.toString('latin1'));
      if (head.includes('access_token=bad')) {
        socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}');
        socket.on('data', (bytes) => heads.push(bytes.toString('latin1')));
        return;
      }
      socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
      socket.on('data', (bytes) => socket.write(bytes));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    heads,
    port,
    dropAll: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
};

const open = (port: number, text: string) => {
  const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(text, 'latin1'));
  socket.on('error', () => {});
  let seen = '';
  let ended = false;
  const watchers = new Set<() => void>();
  const look = () => watchers.forEach((watcher) => watcher());
  socket.on('data', (bytes) => {
    seen += bytes.toString('latin1');
    look();
  });
  socket.on('close', () => {
    ended = true;
    look();
  });
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      const watcher = () => {
        if (!holds()) return;
        watchers.delete(watcher);
        resolve();
      };
      watchers.add(watcher);
      watcher();
    });
  return {
    socket,
    sees: (text: string) => until(() => seen.includes(text)),
    ends: () => until(() => ended),
  };
};

describe('the gateway through the HTTP port', () => {
  let gateway: Awaited<ReturnType<typeof startGateway>>;
  let server: RunningServer;
  beforeEach(async () => {
    gateway = await startGateway();
    server = await runServer({
      gateway: () => ({ host: '127.0.0.1', port: gateway.port }),
      limits: { requestsPerMinute: 20 },
    });
  });
  afterEach(async () => {
    await server.close();
    gateway.dropAll();
    await gateway.close();
  });

  it('carries bytes both ways and says whose they are', async () => {
    const path = '/gateway/ws?access_token=t';
    const client = open(server.port, upgrade(path, 'x-forwarded-for: 6.6.6.6\r\n'));
    await client.sees('101 Switching');
    expect(gateway.heads[0]).toMatch(/^GET \/gateway\/ws\?access_token=t HTTP\/1\.1\r\n/);
    expect(gateway.heads[0]?.match(/x-forwarded-for: .*/gi)).toEqual([
      'X-Forwarded-For: 127.0.0.1',
    ]);
    client.socket.write('\x81\x02hi');
    await client.sees('hi');
    client.socket.destroy();
  });

  it('lets nothing through to a gateway that refused, where it would be a request of its own making', async () => {
    const forged = upgrade('/gateway/ws', 'x-forwarded-for: 6.6.6.6\r\n');
    const client = open(server.port, upgrade('/gateway/ws?access_token=bad') + forged);
    await client.sees('401');
    client.socket.write(forged);
    await client.ends();
    expect(gateway.heads.join('')).not.toContain('6.6.6.6');
    expect(gateway.heads).toHaveLength(1);
  });

  it('keeps what a client says too early until it is let in', async () => {
    const client = open(server.port, `${upgrade('/gateway/ws')}early`);
    await client.sees('early');
    expect(gateway.heads[0]).not.toContain('early');
    client.socket.destroy();
  });

  it('ends with either side', async () => {
    const client = open(server.port, upgrade('/gateway/ws'));
    await client.sees('101');
    gateway.dropAll();
    await client.ends();
  });

  it('ends when the server closes', async () => {
    const client = open(server.port, upgrade('/gateway/ws'));
    await client.sees('101');
    await server.close();
    await client.ends();
  });

  it('is at one path only', async () => {
    expect(await server.raw(upgrade('/gateway/wsx'))).toMatch(/^HTTP\/1\.1 404 /);
    expect(await server.raw(upgrade('/auth/login'))).toMatch(/^HTTP\/1\.1 404 /);
    expect(
      await server.raw(
        'GET /gateway/ws HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n',
      ),
    ).toMatch(/^HTTP\/1\.1 400 /);
    expect(gateway.heads).toEqual([]);
  });

  it('is counted by the global limit', async () => {
    for (let i = 0; i < 20; i += 1) await server.fetch('/nowhere');
    expect(await server.raw(upgrade('/gateway/ws'))).toMatch(/^HTTP\/1\.1 429 .*\r\nRetry-After: /);
  });

  it('is 503 while the gateway is away', async () => {
    gateway.dropAll();
    await gateway.close();
    expect(await server.raw(upgrade('/gateway/ws'))).toMatch(/^HTTP\/1\.1 503 /);
    gateway = await startGateway();
  });
});
