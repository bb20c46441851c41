// A real server of buckets for tests, where Python is there.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import * as t from 'io-ts';
import { type S3Settings } from '../s3/s3-settings.ts';

const SCRIPT = path.resolve('infra/s3/s3.mjs');
const MISSING_TOOLS = 3;
const Keys = t.type({ accessKeyId: t.string, secretAccessKey: t.string });
const Started = t.type({
  url: t.string,
  bucket: t.string,
  region: t.string,
  keys: t.type({ full: Keys, readOnly: Keys }),
});
export type S3Process = t.TypeOf<typeof Started> & { readonly stop: () => Promise<void> };

/** Whether a server of buckets can be had here; says why not, on standard error. Installs it when it is not there. */
export const s3IsPossible = (): boolean => {
  const { status } = spawnSync(process.execPath, [SCRIPT, '--install-only'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status === MISSING_TOOLS) console.error('The tests with S3 are skipped.');
  return status !== MISSING_TOOLS;
};

export const startS3Process = async (): Promise<S3Process> => {
  // It ends with its standard input, so also when this process is killed.
  const child = spawn(process.execPath, [SCRIPT, '--port', '0'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    exited.then(() => ['null']),
  ])) as unknown[];
  const started: unknown = JSON.parse(String(line));
  if (!Started.is(started)) throw new Error('The server of buckets ended before it answered.');
  return {
    ...started,
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
};

/** Settings for its bucket, with a key that may do everything. */
export const s3SettingsFor = (
  { url, bucket, region, keys }: S3Process,
  changes: Partial<S3Settings> = {},
): S3Settings => ({
  endpoint: url,
  bucket,
  region,
  ...keys.full,
  addressing: 'path',
  prefix: '',
  timeoutMs: 5_000,
  connectionsMax: 16,
  ...changes,
});
