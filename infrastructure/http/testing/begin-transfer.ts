// Transfers of files as no proper client makes them: over a socket that can be left alone half-way.
import { connect, type Socket } from 'node:net';

type Transfer = {
  readonly socket: Socket;
  readonly closed: Promise<Buffer>; // With all that was answered
};
type Target = { readonly port: number; readonly url: string; readonly by?: number };

const begin = ({ port, by = 1 }: Target, head: string): Transfer => {
  const socket = connect({ port, host: '127.0.0.1' });
  const answered: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => answered.push(chunk));
  const closed = new Promise<Buffer>((resolve) =>
    socket.on('close', () => resolve(Buffer.concat(answered))),
  );
  socket.on('error', () => {});
  socket.write(`${head} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer person-${by}\r\n`);
  return { socket, closed };
};

/** Begins an upload of so many bytes and sends the first of them. */
export const beginUpload = ({
  length,
  sent,
  ...target
}: Target & { readonly length: number; readonly sent: Buffer }): Transfer => {
  const transfer = begin(target, `POST ${target.url}`);
  transfer.socket.write(`Content-Length: ${length}\r\n\r\n`);
  transfer.socket.write(sent);
  return transfer;
};

/** Asks for a file and reads nothing of it until the socket is resumed. */
export const beginDownload = (target: Target): Transfer => {
  const transfer = begin(target, `GET ${target.url}`);
  transfer.socket.write('\r\n');
  transfer.socket.pause();
  return transfer;
};
