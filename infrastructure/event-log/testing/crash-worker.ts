// A program for the crash test: appends as fast as it can, trying each again until it's acknowledged.
// Arguments: database URL, stream, first number, and events that a killed predecessor tried, as JSON.
// Lines out: `try <event id> <number>` before the first attempt, `ack <event id> <number>` after the answer.
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { isRight } from 'fp-ts/lib/Either.js';
import { createPool } from '../../postgres/database.ts';
import { createPostgresLog } from '../postgres/postgres-log.ts';
import { sampleAppend, sampleEvent } from './sample-appends.ts';

const CONCURRENCY = 16;

type Tried = readonly [eventId: string, n: number];

/** Prints a line before it returns: what a stream still holds when the process is killed would be lost. */
const say = (line: string): void => {
  let rest = Buffer.from(`${line}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1); // Until the reader has read some
    }
  }
};

const main = async (): Promise<void> => {
  const [url = '', stream = '', first = '0', leftovers = '[]'] = process.argv.slice(2);
  const pool = createPool({ url, name: 'crash', max: 2 });
  const log = createPostgresLog({ url, pool, queueMax: 1_000, deadlineMs: 2_000 });
  const waiting = [...(JSON.parse(leftovers) as readonly Tried[])];
  let next = Number(first);
  let stopping = false;
  process.stdin.once('data', () => (stopping = true));

  const begin = (): Tried => {
    const tried: Tried = [randomUUID(), next];
    next += 1;
    say(`try ${tried.join(' ')}`);
    return tried;
  };
  const settle = async ([eventId, n]: Tried): Promise<void> => {
    const events = [sampleEvent({ eventId, payload: `{"n":${n}}` })];
    const outcome = await log.append(sampleAppend(stream, { events }))();
    if (isRight(outcome)) say(`ack ${eventId} ${n}`);
    else await settle([eventId, n]);
  };
  const work = async (): Promise<void> => {
    while (!stopping) await settle(waiting.shift() ?? begin());
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  for (const tried of waiting) await settle(tried);
  process.exit(0);
};

void main();
