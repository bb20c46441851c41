// A real Elasticsearch for tests, where Java and Maven are there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import * as t from 'io-ts';

export const ELASTIC_TEST_URL = 'FILAMENT_TEST_ELASTICSEARCH_URL';

export type ElasticsearchProcess = {
  readonly url: string;
  readonly pid: number; // Of the server itself
  readonly stop: () => Promise<void>;
};

const SCRIPT = path.resolve('infra/elasticsearch/elasticsearch.mjs');
const Started = t.type({ url: t.string, pid: t.number });

/** Starts one with its data in a folder of its own; null, and why on standard error, where it can't be had. */
export const startElasticsearchProcess = async ({
  port = 0,
  data,
  heap = '512m',
  settings = {},
}: {
  readonly port?: number;
  readonly data?: string; // Kept afterwards; a new folder that isn't, unless given
  readonly heap?: string;
  readonly settings?: Readonly<Record<string, string>>;
} = {}): Promise<ElasticsearchProcess | null> => {
  const folder = data ?? (await mkdtemp(path.join(os.tmpdir(), 'filament-elasticsearch-')));
  const child = spawn(
    process.execPath,
    [
      ...[SCRIPT, '--port', String(port), '--data', folder, '--heap', heap],
      ...Object.entries(settings).map(([key, value]) => `${key}=${value}`),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] }, // It ends with its standard input, so also when this process is killed.
  );
  const exited = once(child, 'exit');
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([first]: unknown[]) => first),
    exited.then(() => null),
  ]);
  const started: unknown = typeof line === 'string' ? JSON.parse(line) : null;
  if (!Started.is(started)) return null;
  return {
    ...started,
    stop: async () => {
      child.stdin.end();
      await exited;
      if (data === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
};
