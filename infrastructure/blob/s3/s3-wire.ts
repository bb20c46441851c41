// One signed request and its answer. Node's own HTTP, since it tells a length beforehand, waits for a connection no longer
// than it is told to, and follows no redirect, to which a signature would go along.
import { AwsV4Signer } from 'aws4fetch';
import { createReadStream } from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { type LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { errorCode } from './s3-answers.ts';
import { answerFailure, networkFailure, timedOut } from './s3-failure.ts';
import { type S3Settings } from './s3-settings.ts';

/** What is sent, with its hash, so that the storage refuses what arrives otherwise. */
export type S3Body = {
  readonly from: Buffer | { readonly file: string };
  readonly sizeBytes: number;
  readonly sha256Hex: string;
};

export type S3Request = {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly range?: { readonly start: number; readonly end: number };
  readonly body?: S3Body;
};

export type S3Answer = {
  readonly status: number;
  readonly contentRange: string | undefined;
  readonly code: string | null; // Of an error
  /** Waits for bytes no longer than it may, and only while somebody wants them. Read it to its end or return it. */
  readonly bytes: AsyncGenerator<Buffer>;
};

export type S3Wire = {
  /** Rejects with an S3Failure unless the status is one of these. */
  readonly send: (request: S3Request, expected: readonly number[]) => Promise<S3Answer>;
  readonly close: () => void;
};

const NOTHING_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const ERROR_BYTES_MAX = 65_536;
// Of one file, however steadily it moves.
const SEND_MS_MAX = 300_000;

async function* bytesOf(response: IncomingMessage, settings: S3Settings): AsyncGenerator<Buffer> {
  const iterator = response[Symbol.asyncIterator]();
  try {
    for (;;) {
      const timer = setTimeout(() => response.destroy(timedOut(settings)), settings.timeoutMs);
      const next = await iterator.next().finally(() => clearTimeout(timer));
      if (next.done === true) return;
      if (!Buffer.isBuffer(next.value)) throw new Error('An answer comes in bytes.');
      yield next.value;
    }
  } catch (error) {
    throw networkFailure(settings, error);
  } finally {
    response.destroy(); // Leaves the connection to others, if it was read to its end.
  }
}

/** All of a short answer, as text; throws when it is longer than it may be. */
export const textOf = async (bytes: AsyncIterable<Buffer>, bytesMax: number): Promise<string> => {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of bytes) {
    size += part.length;
    if (size > bytesMax) throw answerFailure(200, 'TooLong');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
};

const signed = async ({ method, url, range, body }: S3Request, settings: S3Settings) => {
  const { accessKeyId, secretAccessKey, region } = settings;
  const signer = new AwsV4Signer({
    method,
    url: url.href,
    headers: { 'x-amz-content-sha256': body?.sha256Hex ?? NOTHING_SHA256 },
    accessKeyId,
    secretAccessKey,
    region,
    service: 's3',
  });
  const { headers } = await signer.sign();
  return {
    ...Object.fromEntries(headers),
    ...(range && { range: `bytes=${range.start}-${range.end - 1}` }),
    ...(body && { 'content-length': String(body.sizeBytes) }),
  };
};

/** A stream that reports each piece it gives. */
const sourceOf = ({ from }: S3Body, onPiece: () => void): Readable => {
  const stream = Buffer.isBuffer(from) ? Readable.from([from]) : createReadStream(from.file);
  return stream.on('data', onPiece).pause();
};

/** Sends, and resolves with the head of the answer. The time begins anew with each piece that is sent. */
const exchange = (
  { method, url, body }: S3Request,
  headers: Record<string, string>,
  agent: http.Agent,
  lookup: LookupFunction | undefined,
  settings: S3Settings,
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const { request: begin } = url.protocol === 'https:' ? https : http;
    const request = begin(url, { method, headers, agent, ...(lookup && { lookup }) });
    const giveUp = () => request.destroy(timedOut(settings));
    const stall = setTimeout(giveUp, settings.timeoutMs);
    const whole = setTimeout(giveUp, SEND_MS_MAX);
    const source = body && sourceOf(body, () => stall.refresh());
    const end = () => {
      clearTimeout(stall);
      clearTimeout(whole);
      source?.destroy();
    };
    request.once('response', (response) => {
      end();
      // Answered before all was sent: what is left will not be, so the connection is of no more use.
      if (!request.writableFinished) response.once('close', () => request.destroy());
      resolve(response);
    });
    request.on('error', (error) => {
      end();
      reject(networkFailure(settings, error));
    });
    if (source === undefined) request.end();
    else {
      source.once('error', (error) => request.destroy(error));
      source.pipe(request);
    }
  });

/** Opens connections to a bucket, as they are needed. Those for reading are others, since readers may be slow. */
export const createS3Wire = (settings: S3Settings, lookup?: LookupFunction): S3Wire => {
  const { connectionsMax: maxSockets, endpoint } = settings;
  const { Agent } = endpoint.startsWith('https:') ? https : http;
  const [reading, others] = [0, 0].map(() => new Agent({ keepAlive: true, maxSockets }));
  if (reading === undefined || others === undefined) throw new Error('There are two.');
  return {
    send: async (request, expected) => {
      const agent = request.range === undefined ? others : reading;
      const headers = await signed(request, settings);
      const response = await exchange(request, headers, agent, lookup, settings);
      const { statusCode: status = 0 } = response;
      const bytes = bytesOf(response, settings);
      const isError = status >= 300 && status !== 416;
      const code = isError ? errorCode(await textOf(bytes, ERROR_BYTES_MAX)) : null;
      if (!expected.includes(status)) {
        await bytes.next(); // Begun, so that its end lets the connection go.
        await bytes.return(undefined);
        throw answerFailure(status, code);
      }
      const { 'content-range': contentRange } = response.headers;
      return { status, contentRange, code, bytes };
    },
    close: () => {
      reading.destroy();
      others.destroy();
    },
  };
};
