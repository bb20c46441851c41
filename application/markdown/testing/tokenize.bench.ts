// Prints what tokenizing costs, honest and hostile. Run from the root with
// `npx esbuild application/markdown/testing/tokenize.bench.ts --bundle --platform=node --log-level=error | node -`.
import { HOSTILE_TEXTS } from './hostile-texts.ts';
import { tokenize, tokenizeByParser } from '../tokenize.ts';

const LINES = {
  plain: 'Hello there, did anyone try the new release? I think it works.',
  address: 'look at https://example.org/x, nice',
  marked: 'I **really** like `this` one, see https://example.org/x_y and [that](https://a.test)',
};
const ROUNDS = 20_000;
const HOSTILE_BYTES = 2000;

const meanMicroseconds = (run: () => unknown): string => {
  for (let round = 0; round < ROUNDS / 10; round++) run();
  const start = performance.now();
  for (let round = 0; round < ROUNDS; round++) run();
  return `${(((performance.now() - start) / ROUNDS) * 1000).toFixed(2)} µs`;
};

// The best of a few, because a hostile text is measured for what it costs and not for what else runs.
const bestMilliseconds = (run: () => unknown): number => {
  let best = Infinity;
  for (let round = 0; round < 8; round++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
};

for (const [name, line] of Object.entries(LINES)) {
  const byParser = meanMicroseconds(() => tokenizeByParser(line));
  console.log(`${name}: ${meanMicroseconds(() => tokenize(line))}, by the parser ${byParser}`);
}
const costs = HOSTILE_TEXTS.map(([name, grownTo]) => {
  const text = grownTo(HOSTILE_BYTES);
  return { name, milliseconds: bestMilliseconds(() => tokenize(text)) };
});
for (const { name, milliseconds } of costs
  .sort((a, b) => b.milliseconds - a.milliseconds)
  .slice(0, 8))
  console.log(`hostile ${name}: ${milliseconds.toFixed(2)} ms`);
