// Objects in a bucket. One is gathered in a local file first, encrypted as it comes, so that its length and hash go ahead
// of it and it can be sent again; the bucket shows it whole or not at all.
import { createHash } from 'node:crypto';
import { mkdir, unlink } from 'node:fs/promises';
import { type LookupFunction } from 'node:net';
import { createCircuitBreaker } from '../../outage/circuit-breaker.ts';
import { incomingName, sweepFolder, systemFiles, writeFileDurably } from '../folder-objects.ts';
import { type Chunks, type ObjectStore } from '../object-store.ts';
import { listUrl, objectUrl } from './s3-address.ts';
import { listedPage, wholeLength } from './s3-answers.ts';
import { createAttempts } from './s3-attempts.ts';
import { answerFailure, S3Failure } from './s3-failure.ts';
import { requireOwnBucket, type S3Parts } from './s3-home.ts';
import { type S3Settings } from './s3-settings.ts';
import { createS3Wire, textOf, type S3Body } from './s3-wire.ts';

const KEYS_PER_PAGE = 1_000;
const LISTED_BYTES_MAX = 8 * 1_048_576;
const PAGES_MAX = 100_000; // A listing of more than 100 million objects is one that doesn't end.
const RESUMES_MAX = 5; // Of one reading that broke off

const noneThere = (status: number, code: string | null): boolean => {
  if (status !== 404) return false;
  if (code === 'NoSuchKey') return true;
  throw answerFailure(status, code); // A bucket that is gone is no reason to think of its objects as deleted.
};

/** Begun and ended, an answer gives its connection back. */
const leave = async (bytes: AsyncGenerator<Buffer>): Promise<void> => {
  await bytes.next();
  await bytes.return(undefined);
};

/** Puts a stream into a file of its own; what it needs to be sent. */
const gather = async (file: string, source: Chunks): Promise<S3Body> => {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  async function* hashed() {
    for await (const bytes of source) {
      hash.update(bytes);
      sizeBytes += bytes.length;
      yield bytes;
    }
  }
  await writeFileDurably(file, hashed(), systemFiles);
  return { from: { file }, sizeBytes, sha256Hex: hash.digest('hex') };
};

const put =
  ({ settings, wire, attempts }: S3Parts, drafts: string): ObjectStore['put'] =>
  async (name, source) => {
    const file = incomingName(drafts);
    const body = await gather(file, source);
    try {
      const url = objectUrl(settings, name);
      await attempts(async () =>
        leave((await wire.send({ method: 'PUT', url, body }, [200])).bytes),
      );
    } finally {
      await unlink(file).catch(() => {}); // The sweep takes one that stays.
    }
  };

/** Opens a range; null when there is no such object. */
const openRange = async (
  { settings, wire }: S3Parts,
  name: string,
  range: { readonly start: number; readonly end: number },
) => {
  const url = objectUrl(settings, name);
  const answer = await wire.send({ method: 'GET', url, range }, [206, 404, 416]);
  const { status, code, contentRange, bytes } = answer;
  if (noneThere(status, code)) return null;
  const totalBytes = wholeLength(contentRange);
  if (status === 416) {
    await leave(bytes);
    return { totalBytes: totalBytes ?? 0, bytes: null };
  }
  if (totalBytes === null) {
    await leave(bytes);
    throw answerFailure(status, 'NoContentRange');
  }
  return { totalBytes, bytes };
};

/** The bytes of a range, going on where a connection broke off. */
async function* resuming(
  parts: S3Parts,
  name: string,
  { start, end }: { readonly start: number; readonly end: number },
  first: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  let at = start;
  let bytes: AsyncGenerator<Buffer> | null = first;
  for (let resumed = 0; bytes !== null; resumed += 1) {
    try {
      for await (const piece of bytes) {
        at += piece.length;
        yield piece;
      }
      return;
    } catch (error) {
      if (!(error instanceof S3Failure) || !error.isPassing || resumed >= RESUMES_MAX) throw error;
    }
    const again = await parts.attempts(() => openRange(parts, name, { start: at, end }));
    bytes = again?.bytes ?? null; // Removed meanwhile: whoever reads sees that it ends too early.
  }
}

const get =
  (parts: S3Parts): ObjectStore['get'] =>
  async (name, range) => {
    const opened = await parts.attempts(() => openRange(parts, name, range));
    if (opened === null) return null;
    const { totalBytes, bytes } = opened;
    async function* nothing() {}
    return {
      totalBytes,
      chunks: bytes === null ? nothing() : resuming(parts, name, range, bytes),
    };
  };

async function* list({ settings, wire, attempts }: S3Parts, kind: string) {
  const { prefix } = settings;
  let after: string | null = null;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const url = listUrl(settings, { folder: `${kind}/`, keysMax: KEYS_PER_PAGE, after });
    const page = await attempts(async () => {
      const { bytes } = await wire.send({ method: 'GET', url }, [200]);
      return listedPage(await textOf(bytes, LISTED_BYTES_MAX));
    });
    for (const { name, writtenAt } of page.objects)
      if (name.startsWith(prefix)) yield { name: name.slice(prefix.length), writtenAt };
    if (page.next === null) return;
    if (page.next === after) break;
    after = page.next;
  }
  throw new S3Failure('The storage goes on listing without an end.', {
    isPassing: false,
    code: 'endless_listing',
  });
}

export type OpenS3 = {
  readonly settings: S3Settings;
  readonly drafts: string; // A folder of this installation's own
  readonly installation: string;
  readonly onFailure: (failure: S3Failure) => void;
  readonly lookup?: LookupFunction;
};

/** Opens the bucket; rejects with what to do when it can't be used, or is another installation's. */
export const openS3Objects = async ({
  settings,
  drafts,
  installation,
  onFailure,
  lookup,
}: OpenS3): Promise<ObjectStore & { readonly close: () => void }> => {
  await mkdir(drafts, { recursive: true, mode: 0o700 });
  const wire = createS3Wire(settings, lookup);
  const attempts = createAttempts({ settings, breaker: createCircuitBreaker(), onFailure });
  const parts: S3Parts = { settings, wire, attempts };
  try {
    await requireOwnBucket(parts, installation);
  } catch (error) {
    wire.close();
    throw error;
  }
  return {
    put: put(parts, drafts),
    get: get(parts),
    // Once more only, for a connection that was closed meanwhile: whoever asks waits for it, and housekeeping comes back.
    remove: (name) => {
      const url = objectUrl(settings, name);
      const work = async () => {
        const { status, code, bytes } = await wire.send({ method: 'DELETE', url }, [200, 204, 404]);
        if (!noneThere(status, code)) await leave(bytes);
      };
      return attempts(work, { attemptsMax: 2 });
    },
    list: (kind) => list(parts, kind),
    sweepUnfinished: (before) => sweepFolder(drafts, before, systemFiles),
    close: wire.close,
  };
};
