// TLS in front of a server that speaks none, with a certificate that proves itself alone. The JDK that runs Elasticsearch
// makes it.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { createServer } from 'node:tls';
import { listenAnywhere } from '../../testing/tcp-proxy.ts';

const PASSWORD = 'of-a-test';

export type Certificate = { readonly pfx: Buffer; readonly pem: string };

/** A new certificate for the host `localhost`; its files stay in the folder. */
export const makeCertificate = (folder: string, name: string): Certificate => {
  const store = path.join(folder, `${name}.p12`);
  const common = ['-alias', 'own', '-keystore', store, '-storepass', PASSWORD];
  const keytool = (...args: readonly string[]) => execFileSync('keytool', args, { stdio: 'pipe' });
  keytool(
    ...['-genkeypair', ...common, '-storetype', 'PKCS12', '-keyalg', 'EC', '-groupname'],
    ...['secp256r1', '-dname', `CN=${name}`, '-ext', 'san=dns:localhost', '-validity', '2'],
  );
  const pem = keytool('-exportcert', '-rfc', ...common).toString('utf8');
  return { pfx: readFileSync(store), pem };
};

export type TlsFront = { readonly port: number; readonly close: () => Promise<void> };

export const startTlsFront = async (
  target: string,
  { pfx }: Pick<Certificate, 'pfx'>,
): Promise<TlsFront> => {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const keep = <S extends Socket>(socket: S): S => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    return socket;
  };
  const server = createServer({ pfx, passphrase: PASSWORD }, (inner) => {
    const outer = keep(connect(Number(port), hostname));
    keep(inner).pipe(outer).pipe(inner);
    outer.on('close', () => inner.destroy());
    inner.on('close', () => outer.destroy());
  });
  const ownPort = await listenAnywhere(server);
  return {
    port: ownPort,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};
