// `npm run bench`: client and server on this machine; every figure beside a physical reference taken in the same run.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { deliveryFigures } from './delivery.ts';
import { closedLoop, table, type Figure } from './measure.ts';
import { referenceFigures } from './references.ts';
import { leave, resumeFigures } from './resume.ts';
import {
  createFigures,
  historyFigures,
  memoryFigure,
  refreshFigures,
  replayFigure,
  searchFigures,
  startFigure,
} from './scenarios.ts';
import { setTheStage, type Stage } from './stage.ts';

const SEARCHED_MESSAGES = 100_000;
const COMMON = ['the', 'kernel', 'panic', 'driver', 'install'];

/** A channel of many messages whose words have the skew of real text. */
const fillChannel = async (stage: Stage, messages: number): Promise<readonly string[]> => {
  const channelId = await stage.newChannel('searched');
  let n = 0;
  const rare: string[] = [];
  const post = async () => {
    n += 1;
    // Zipf-like: word k appears in about every k-th message.
    const words = Array.from(
      { length: 10 },
      (_, i) => `w${Math.floor(1 / (((n * 7919 + i * 104_729) % 9973) / 9973 + 1e-4))}`,
    );
    if (n % 5000 === 0) rare.push(`rare${n}`);
    const text = `${COMMON[n % COMMON.length] ?? ''} ${words.join(' ')}${n % 5000 === 0 ? ` rare${n}` : ''}`;
    await stage.client.post(stage.token, stage.guildId, channelId, text);
  };
  while (n < messages) await closedLoop(64, 2000, post);
  return [...COMMON, ...rare, 'w7', 'w50', 'w300'];
};

const caughtUp = async (stage: Stage, word: string): Promise<void> => {
  for (;;) {
    const { messages } = await stage.client.search(stage.token, stage.guildId, word, 1);
    if (messages.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

const main = async () => {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      out: { type: 'string', default: 'bench/results' },
    },
  });
  const { quick } = values;
  const runs = quick ? 1 : 3;
  const forMs = quick ? 1000 : 4000;
  const figures: Figure[] = [];
  const add = (what: string, more: readonly Figure[]) => {
    console.error(`measured: ${what}`);
    figures.push(...more);
  };
  const stage = await setTheStage();
  try {
    add('references', await referenceFigures(runs, forMs));
    add('message create', await createFigures(stage, [1, 16, 64], runs, forMs));
    add('delivery', await deliveryFigures(stage, [1, 50, 500], runs));
    add('history', await historyFigures(stage, await filledFor(stage), runs, forMs));
    add('refresh', await refreshFigures(stage, runs, forMs));
    add('memory', [await memoryFigure()]);
    const left = await leave(stage);
    const words = await fillChannel(stage, quick ? 5000 : SEARCHED_MESSAGES);
    await caughtUp(stage, words.filter((word) => word.startsWith('rare')).at(-1) ?? 'the');
    add('search', await searchFigures(stage, words, runs, forMs));
    add('resume', await resumeFigures(stage, left, runs));
    add('replay', [await replayFigure(stage, runs)]);
    await stage.server.stop();
    add('start-up', [await startFigure(stage, runs)]);
  } finally {
    await stage.close();
  }
  const machine = {
    cores: cpus().length,
    model: cpus()[0]?.model,
    memory: totalmem(),
    node: process.version,
  };
  mkdirSync(values.out, { recursive: true });
  writeFileSync(`${values.out}/bench.json`, JSON.stringify({ machine, figures }, null, 2));
  writeFileSync(`${values.out}/bench.md`, `${table(figures)}\n`);
  console.log(table(figures));
};

const filledFor = async (stage: Stage): Promise<Stage['channelId']> => {
  const channelId = await stage.newChannel('history');
  for (let n = 0; n < 200; n += 1) {
    await stage.client.post(
      stage.token,
      stage.guildId,
      channelId,
      `line ${n} of a *page* of history`,
    );
  }
  return channelId;
};

await main();
