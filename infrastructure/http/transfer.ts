// Bytes in and out of a route: streamed, never held as a whole, and cut off when they stop moving.
import { Readable } from 'node:stream';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { headerOf, isOpen } from './request-facts.ts';

/** What a route that takes or gives bytes learns of its request. */
export type Transfer = {
  readonly body: AsyncIterable<Buffer>; // Empty without one
  readonly contentType: string | null;
  readonly contentLength: number | null; // Null: the sender doesn't say
  readonly range: string | null;
  readonly ifRange: string | null;
  readonly ifNoneMatch: string | null;
  readonly isHead: boolean; // Then `bytes` of the answer are not wanted
};

/** The transfer of a route that says it transfers; anything else is a bug of the adapter. */
export const requireTransfer = (transfer: Transfer | null): Transfer => {
  if (transfer === null) throw new Error('A route that says it transfers is given a transfer.');
  return transfer;
};

/** An answer of bytes; its headers stand over those of every answer. */
export type ByteAnswer = {
  readonly headers: Readonly<Record<string, string | number>>;
  readonly bytes: AsyncIterable<Buffer> | null;
};

export type TransferLimits = {
  readonly downloadTimeoutMs: number;
  readonly transferStallMs: number;
};

// A peer counts as moving when it moves so much within `transferStallMs`; less would let a few hold everything for long.
const PROGRESS_BYTES = 16_384;
// What a refused sender may still send before its answer is worth more than its connection.
const DRAINED_BYTES_MAX = 64 * 1_048_576;

/** A timer that goes off unless PROGRESS_BYTES pass within the time. */
const stallTimer = (ms: number, onStall: () => void) => {
  const timer = setTimeout(onStall, ms);
  timer.unref();
  let since = 0;
  return {
    passed: (bytes: number): void => {
      since += bytes;
      if (since < PROGRESS_BYTES) return;
      since = 0;
      timer.refresh();
    },
    stop: () => clearTimeout(timer),
  };
};

const timeOut = (reply: FastifyReply): void => {
  // What the sender still sends is not read, so the connection can't serve another request; its end ends the reading.
  if (isOpen(reply)) void reply.code(408).header('connection', 'close').send();
};

async function* watched(body: Readable, reply: FastifyReply, stallMs: number) {
  const stall = stallTimer(stallMs, () => timeOut(reply));
  // Once an answer is out, by this timer or the deadline of the request, nothing else tells a reader that no more comes.
  const giveUp = () => void body.destroy(new Error('The sender was too slow.'));
  reply.raw.once('close', giveUp);
  try {
    // The stream must outlive whoever stops reading it: its end would be the end of the answer too.
    for await (const bytes of body.iterator({ destroyOnReturn: false })) {
      if (!Buffer.isBuffer(bytes)) throw new Error('A body comes in bytes.');
      stall.passed(bytes.length);
      yield bytes;
    }
  } finally {
    stall.stop();
    reply.raw.off('close', giveUp);
  }
}

const bodyOf = (request: FastifyRequest): Readable | null =>
  request.body instanceof Readable ? request.body : null;

const lengthOf = (request: FastifyRequest): number | null => {
  const length = headerOf(request, 'content-length');
  if (length !== undefined) return Number(length); // Node has checked that it is one.
  return bodyOf(request) === null ? 0 : null;
};

export const transferOf = (
  request: FastifyRequest,
  reply: FastifyReply,
  { transferStallMs }: TransferLimits,
): Transfer => ({
  body: watched(bodyOf(request) ?? Readable.from([]), reply, transferStallMs),
  contentType: headerOf(request, 'content-type') ?? null,
  contentLength: lengthOf(request),
  range: headerOf(request, 'range') ?? null,
  ifRange: headerOf(request, 'if-range') ?? null,
  ifNoneMatch: headerOf(request, 'if-none-match') ?? null,
  isHead: request.method === 'HEAD',
});

/** Before an answer that leaves some of the body unread: the rest is taken off the wire, or the connection is given up. */
export const leaveBody = (request: FastifyRequest, reply: FastifyReply): void => {
  const body = bodyOf(request);
  if (body === null || body.readableEnded) return;
  const length = lengthOf(request);
  if (length === null || length > DRAINED_BYTES_MAX) reply.header('connection', 'close');
  else body.resume();
};

/** Sends bytes; a peer that takes too long over them is cut off. */
export const sendBytes = (
  reply: FastifyReply,
  { headers, bytes }: ByteAnswer,
  { downloadTimeoutMs, transferStallMs }: TransferLimits,
  onBroken: (error: unknown) => void,
): void => {
  reply.headers(headers);
  if (bytes === null) {
    // Of an answer without any payload fastify would say that it is of length 0, to HEAD too.
    void reply.send('content-length' in headers ? Readable.from([]) : undefined);
    return;
  }
  const cut = () => void reply.raw.destroy();
  const deadline = setTimeout(cut, downloadTimeoutMs);
  deadline.unref();
  const stall = stallTimer(transferStallMs, cut);
  reply.raw.once('close', () => {
    clearTimeout(deadline);
    stall.stop();
  });
  async function* moving(source: AsyncIterable<Buffer>) {
    try {
      for await (const part of source) {
        stall.passed(part.length);
        yield part;
      }
    } catch (error) {
      onBroken(error); // Headers are out, so all that can be done is to end without the rest.
      throw error;
    }
  }
  void reply.send(Readable.from(moving(bytes), { objectMode: false }));
};
