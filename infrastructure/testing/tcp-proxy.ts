// A wire between a client and a server that can be made slow, or cut.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export type Wire = 'whole' | 'slow' | 'cut';

export type TcpProxy = {
  readonly url: string;
  /** `slow` holds back whatever is answered for as long as it stays so; `cut` ends all connections and refuses new ones. */
  readonly be: (wire: Wire) => void;
  readonly close: () => Promise<void>;
};

/** Listens on a free port of this machine, and says which. */
export const listenAnywhere = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
};

export const startTcpProxy = async (target: string): Promise<TcpProxy> => {
  const { hostname, port: targetPort } = new URL(target);
  const sockets = new Set<Socket>();
  let wire: Wire = 'whole';
  let held: (() => void)[] = [];
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  };
  const server = createServer((inner) => {
    keep(inner);
    if (wire === 'cut') {
      inner.destroy();
      return;
    }
    const outer = keep(connect(Number(targetPort), hostname));
    inner.pipe(outer);
    outer.on('data', (bytes) => {
      const pass = () => void inner.write(bytes);
      if (wire === 'slow') held.push(pass);
      else pass();
    });
    outer.on('close', () => inner.destroy());
    inner.on('close', () => outer.destroy());
  });
  const port = await listenAnywhere(server);
  return {
    url: `http://127.0.0.1:${port}`,
    be: (next) => {
      wire = next;
      if (next === 'cut') for (const socket of sockets) socket.destroy();
      if (next !== 'slow') for (const pass of held) pass();
      if (next !== 'slow') held = [];
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};
