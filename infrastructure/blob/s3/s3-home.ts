// At start: whether the bucket is there, lets us do all that we need, and is ours. The sweep removes pictures that our
// database doesn't know, so two installations in one place would remove each other's.
import { createHash } from 'node:crypto';
import { listUrl, objectUrl } from './s3-address.ts';
import { listedPage } from './s3-answers.ts';
import { type Attempts } from './s3-attempts.ts';
import { answerFailure, S3Failure } from './s3-failure.ts';
import { type S3Settings } from './s3-settings.ts';
import { textOf, type S3Wire } from './s3-wire.ts';

const MARK = 'filament-installation';
const PROBE = 'filament-probe'; // Never written
const MARK_BYTES_MAX = 256;
const LISTED_BYTES_MAX = 65_536;

/** An open bucket. */
export type S3Parts = {
  readonly settings: S3Settings;
  readonly wire: S3Wire;
  readonly attempts: Attempts;
};

const createSteps = ({ settings, wire }: S3Parts) => ({
  owner: async (): Promise<string | null> => {
    const url = objectUrl(settings, MARK);
    const { status, code, bytes } = await wire.send({ method: 'GET', url }, [200, 404]);
    if (status === 200) return textOf(bytes, MARK_BYTES_MAX);
    if (code !== 'NoSuchKey') throw answerFailure(status, code);
    return null;
  },
  claim: async (installation: string): Promise<void> => {
    const from = Buffer.from(installation);
    const sha256Hex = createHash('sha256').update(from).digest('hex');
    const body = { from, sizeBytes: from.length, sha256Hex };
    const url = objectUrl(settings, MARK);
    const { bytes } = await wire.send({ method: 'PUT', url, body }, [200]);
    await textOf(bytes, MARK_BYTES_MAX);
  },
  list: async (): Promise<void> => {
    const url = listUrl(settings, { folder: 'attachments/', keysMax: 1, after: null });
    const { bytes } = await wire.send({ method: 'GET', url }, [200]);
    listedPage(await textOf(bytes, LISTED_BYTES_MAX));
  },
  remove: async (): Promise<void> => {
    const url = objectUrl(settings, PROBE);
    const { bytes } = await wire.send({ method: 'DELETE', url }, [200, 204, 404]);
    await textOf(bytes, LISTED_BYTES_MAX);
  },
});

/** Rejects unless everything we need of a bucket works, and leaves our mark in it. */
export const requireOwnBucket = async (parts: S3Parts, installation: string): Promise<void> => {
  const { attempts } = parts;
  const steps = createSteps(parts);
  const owner = await attempts(steps.owner);
  if (owner === null || owner === installation) await attempts(() => steps.claim(installation));
  // Asked again, since another may have come at the same moment.
  if ((await attempts(steps.owner)) !== installation)
    throw new S3Failure(
      'The files of another installation are in this bucket. Set FILAMENT_S3_PREFIX or FILAMENT_S3_BUCKET to a place of its own.',
      { isPassing: false, code: 'foreign_bucket' },
    );
  await attempts(steps.list);
  await attempts(steps.remove);
};
