// `filament projections status|rebuild|checksum`: beside a running server on the same data directory, or alone.
import { type Command } from 'commander';
import { CORE_PROJECTORS, keptSealedBy } from '../../projections/core-projectors.ts';
import { type Projector } from '../../projections/projector.ts';
import { createSearchProjector } from '../../projections/search/search-projector.ts';
import { type Config } from '../config/config.ts';
import { createLog } from '../logging/log.ts';
import { createPool } from '../postgres/database.ts';
import { projectionChecksums } from '../projections/checksums.ts';
import { projectionStatus } from '../projections/projection-status.ts';
import { type RebuildProgress } from '../projections/rebuild-progress.ts';
import { rebuildProjection, type Rebuilt } from '../projections/rebuild.ts';
import { recordRebuild } from '../projections/record-rebuild.ts';
import { openFoundation, type Foundation } from '../server/foundation.ts';
import { openSearchExtensions } from '../search/search-extensions.ts';
import { CommandFailed, endProgress, print, showProgress, textTable } from './output.ts';

const REBUILD_CONNECTIONS = 3;

// An index in Elasticsearch is no projection of tables: `filament search` looks after it.
const allProjectors = (
  { elasticUrls }: Pick<Config, 'elasticUrls'>,
  trigrams: boolean,
): readonly Projector[] =>
  elasticUrls.length > 0
    ? CORE_PROJECTORS
    : [...CORE_PROJECTORS, createSearchProjector({ trigrams })];

export const withFoundation = async <A>(
  config: Config,
  work: (foundation: Foundation) => Promise<A>,
): Promise<A> => {
  const foundation = await openFoundation(config, createLog({ level: 'error' })).catch(
    (error: unknown) => {
      throw new CommandFailed(
        error instanceof Error ? error.message : 'The server data could not be opened.',
        {
          cause: error,
        },
      );
    },
  );
  try {
    return await work(foundation);
  } finally {
    await foundation.close();
  }
};

const requireNames = (config: Config, names: readonly string[]): readonly string[] => {
  const known = allProjectors(config, false).map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new CommandFailed(
      `There is no projection ${unknown.join(', ')}. There are: ${known.join(', ')}.`,
    );
  }
  return names.length === 0 ? known : names;
};

const withProjectors = <A>(
  config: Config,
  names: readonly string[],
  work: (foundation: Foundation, projectors: readonly Projector[]) => Promise<A>,
): Promise<A> => {
  const wanted = requireNames(config, names);
  return withFoundation(config, async (foundation) => {
    const { trigrams } = await openSearchExtensions(foundation.pool);
    return work(
      foundation,
      allProjectors(config, trigrams).filter(({ name }) => wanted.includes(name)),
    );
  });
};

export const progressLine = (
  name: string,
  { phase, done, ratePerSecond, etaSeconds }: RebuildProgress,
) =>
  `${name}: ${phase}, ${done.toLocaleString('en')} events, ${Math.round(ratePerSecond).toLocaleString('en')}/s` +
  (etaSeconds === null ? '' : `, ${Math.ceil(etaSeconds)} s left`);

const rebuild = async (foundation: Foundation, projector: Projector): Promise<Rebuilt> => {
  const pool = createPool({
    url: foundation.databaseUrl,
    name: 'rebuild',
    max: REBUILD_CONNECTIONS,
    statementTimeoutMs: 0,
  });
  const { store } = foundation;
  // The core projections share one live feed, so a rebuild of one must see events as all of them do.
  const isCore = CORE_PROJECTORS.some(({ name }) => name === projector.name);
  const keepSealed = keptSealedBy(isCore ? CORE_PROJECTORS : [projector]);
  try {
    const rebuilt = await rebuildProjection({
      pool,
      store,
      keepSealed,
      projector,
      onProgress: (progress) => showProgress(progressLine(projector.name, progress)),
    });
    await recordRebuild(foundation, 'operator', rebuilt); // Every act of an operator is itself an event.
    return rebuilt;
  } finally {
    endProgress();
    await pool.end();
  }
};

const status = (config: Config, json: boolean) =>
  withProjectors(config, [], async ({ pool, store }, projectors) => {
    const rows = await projectionStatus({ pool, store, projectors });
    print(json, { projections: rows }, textTable(rows));
  });

const rebuildChosen = (config: Config, names: readonly string[], json: boolean) =>
  withProjectors(config, names, async (foundation, projectors) => {
    const rebuilt: Rebuilt[] = [];
    for (const projector of projectors) rebuilt.push(await rebuild(foundation, projector));
    const rows = rebuilt.map(({ name, version, events, elapsedMs, ratePerSecond }) => ({
      projection: name,
      version,
      events,
      seconds: Number((elapsedMs / 1000).toFixed(2)),
      eventsPerSecond: Math.round(ratePerSecond),
    }));
    print(json, { rebuilt: rows }, textTable(rows));
  });

const checksum = (config: Config, names: readonly string[], json: boolean) =>
  withProjectors(config, names, async ({ pool }, projectors) => {
    const rows = [];
    for (const projector of projectors) {
      for (const sum of await projectionChecksums(pool, projector)) {
        rows.push({ projection: projector.name, ...sum });
      }
    }
    print(json, { tables: rows }, textTable(rows));
  });

type Options = { readonly json?: boolean };

export const addProjectionsCommands = (
  program: Command,
  requireConfig: () => Config,
  example: (text: string) => string,
): void => {
  const projections = program
    .command('projections')
    .description('the read models folded from the log');
  projections
    .command('status')
    .description('show where each projection stands')
    .option('--json', 'print one JSON value')
    .addHelpText('after', example('npx filament projections status'))
    .action(({ json = false }: Options) => status(requireConfig(), json));
  projections
    .command('rebuild')
    .argument('[name...]', 'which ones; all when none is named')
    .description('build projections anew from the log, beside the live ones, and switch to them')
    .option('--json', 'print one JSON value')
    .addHelpText('after', example('npx filament projections rebuild messages'))
    .action((names: readonly string[], { json = false }: Options) =>
      rebuildChosen(requireConfig(), names, json),
    );
  projections
    .command('checksum')
    .argument('[name...]', 'which ones; all when none is named')
    .description('a checksum of each table, equal before and after a rebuild')
    .option('--json', 'print one JSON value')
    .addHelpText('after', example('npx filament projections checksum --json'))
    .action((names: readonly string[], { json = false }: Options) =>
      checksum(requireConfig(), names, json),
    );
};
