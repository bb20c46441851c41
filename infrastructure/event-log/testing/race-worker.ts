// A program for the race test: appends at random times, some of it refused, while following the log itself.
// Lines in: `append <seed>`, `report <head>`. Lines out: JSON lists of the event ids acknowledged, or seen in order.
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { isRight } from 'fp-ts/lib/Either.js';
import { type Append, type EventLog } from '../../../application/event-store/event-log.ts';
import { createPool } from '../../postgres/database.ts';
import { createPostgresLog } from '../postgres/postgres-log.ts';
import { createRandom, type Random } from '../../repeatable/random.ts';
import { sampleAppend, sampleEvent } from './sample-appends.ts';

const COMMANDS = 30;
const HOT_STREAMS = 4;
const DELAY_MS = 12;

const someAppend = (random: Random, seed: number): Append => {
  const hot = random.chance(0.3);
  const stream = hot ? `hot-${seed}:${random.below(HOT_STREAMS)}` : `own-${randomUUID()}`;
  const events = Array.from({ length: 1 + random.below(3) }, () => sampleEvent());
  // A salt of the wrong length is refused by a constraint, which rolls back the whole batch it's in.
  const poison = { kind: 'data_key', scope: randomUUID(), salt: Buffer.alloc(1) } as const;
  return sampleAppend(stream, {
    events,
    expected: hot && random.chance(0.5) ? random.below(4) : 'any',
    ...(random.chance(0.08) ? { vault: [poison] } : {}),
  });
};

const appendAll = async (log: EventLog, seed: number): Promise<readonly string[]> => {
  const random = createRandom(seed);
  const one = async (append: Append, waitMs: number): Promise<readonly string[]> => {
    await delay(waitMs);
    const outcome = await log
      .append(append)()
      .catch(() => undefined);
    return outcome !== undefined && isRight(outcome)
      ? append.events.map(({ eventId }) => eventId)
      : [];
  };
  const all = Array.from({ length: COMMANDS }, () =>
    one(someAppend(random, seed), random.below(DELAY_MS)),
  );
  return (await Promise.all(all)).flat();
};

const main = async (): Promise<void> => {
  const [url = '', batchMax = '50'] = process.argv.slice(2);
  const pool = createPool({ url, name: 'race', max: 2 });
  const log = createPostgresLog({ url, pool, queueMax: 1_000, pollMs: 100 });
  const say = (ids: readonly string[]): boolean => process.stdout.write(`${JSON.stringify(ids)}\n`);
  let seen: string[] = [];
  let wanted: string | undefined;
  let last: string = log.start;
  const reportIfReached = (): void => {
    if (wanted === undefined || last < wanted) return;
    wanted = undefined;
    say(seen);
    seen = [];
  };
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      const [order, argument = ''] = line.split(' ');
      if (order === 'append') void appendAll(log, Number(argument)).then(say);
      if (order === 'report') {
        wanted = argument;
        reportIfReached();
      }
    })
    .on('close', () => process.exit(0));
  const { signal } = new AbortController();
  for await (const batch of log.subscribe(log.start, { signal, batchMax: Number(batchMax) })) {
    seen.push(...batch.map(({ eventId }) => eventId));
    last = batch.at(-1)?.position ?? last;
    reportIfReached();
  }
};

void main();
