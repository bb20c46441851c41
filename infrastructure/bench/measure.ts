// How every figure is taken: several runs, the median quoted, the spread shown.
import { performance } from 'node:perf_hooks';

export type Figure = {
  readonly name: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
};

/** The q-quantile (0..1) of a list, by nearest rank; NaN when empty. */
export const quantile = (values: readonly number[], q: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return (
    sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN
  );
};

export const figure = (
  name: string,
  unit: string,
  better: Figure['better'],
  values: readonly number[],
): Figure => ({
  name,
  unit,
  better,
  median: quantile(values, 0.5),
  min: Math.min(...values),
  max: Math.max(...values),
  runs: values.length,
});

export type LoadRun = { readonly perSecond: number; readonly latenciesMs: readonly number[] };

/** Closed loop: `inFlight` workers repeat an operation for a time; each waits for its answer before the next. */
export const closedLoop = async (
  inFlight: number,
  forMs: number,
  operation: (worker: number) => Promise<void>,
): Promise<LoadRun> => {
  const latenciesMs: number[] = [];
  const started = performance.now();
  const worker = async (index: number) => {
    while (performance.now() - started < forMs) {
      const before = performance.now();
      await operation(index);
      latenciesMs.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, index) => worker(index)));
  const seconds = (performance.now() - started) / 1000;
  return { perSecond: latenciesMs.length / seconds, latenciesMs };
};

/** Repeats a load run and turns it into three figures: rate, median latency, 99th percentile. */
export const loadFigures = async (
  name: string,
  runs: number,
  run: () => Promise<LoadRun>,
): Promise<readonly Figure[]> => {
  const all: LoadRun[] = [];
  for (let n = 0; n < runs; n += 1) all.push(await run());
  return [
    figure(
      `${name}, rate`,
      '/s',
      'higher',
      all.map(({ perSecond }) => perSecond),
    ),
    figure(
      `${name}, p50`,
      'ms',
      'lower',
      all.map(({ latenciesMs }) => quantile(latenciesMs, 0.5)),
    ),
    figure(
      `${name}, p99`,
      'ms',
      'lower',
      all.map(({ latenciesMs }) => quantile(latenciesMs, 0.99)),
    ),
  ];
};

const shown = (value: number): string =>
  Number.isNaN(value)
    ? '–'
    : value >= 100
      ? Math.round(value).toLocaleString('en')
      : value.toPrecision(3);

/** The figures as a table in Markdown. */
export const table = (figures: readonly Figure[]): string =>
  [
    '| what | median | min – max | unit | runs |',
    '|---|---:|---:|---|---:|',
    ...figures.map(
      ({ name, median, min, max, unit, runs }) =>
        `| ${name} | ${shown(median)} | ${shown(min)} – ${shown(max)} | ${unit} | ${runs} |`,
    ),
  ].join('\n');
