// What commands on projections share: the data they open, the projections they are asked for, tables beside the live ones.
import { CORE_PROJECTORS, keptSealedBy } from '../../projections/core-projectors.ts';
import { type Projector } from '../../projections/projector.ts';
import { createSearchProjector } from '../../projections/search/search-projector.ts';
import { type Config } from '../config/config.ts';
import { createLog } from '../logging/log.ts';
import { createPool } from '../postgres/database.ts';
import { type RebuildProgress } from '../projections/rebuild-progress.ts';
import { createGentlePace, FULL_SPEED } from '../projections/pace.ts';
import { type RebuildPorts } from '../projections/rebuild.ts';
import { openFoundation, type Foundation } from '../server/foundation.ts';
import { openSearchExtensions } from '../search/search-extensions.ts';
import { CommandFailed, endProgress, showProgress } from './output.ts';

const REBUILD_CONNECTIONS = 3;
// One processor at the most; and what a crash takes of tables that nobody reads yet is built again anyway.
const GENTLE_SESSION = {
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  synchronous_commit: 'off',
} as const;

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

export const withProjectors = <A>(
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

/** Works beside the live tables, with connections of its own and progress on the terminal. */
export const beside = async <A>(
  foundation: Foundation,
  projector: Projector,
  { fullSpeed = false }: { readonly fullSpeed?: boolean },
  work: (ports: RebuildPorts) => Promise<A>,
): Promise<A> => {
  const pool = createPool({
    url: foundation.databaseUrl,
    name: 'rebuild',
    max: REBUILD_CONNECTIONS,
    statementTimeoutMs: 0,
    ...(!fullSpeed && { settings: GENTLE_SESSION }),
  });
  const { store } = foundation;
  // The core projections share one live feed, so a rebuild of one must see events as all of them do.
  const isCore = CORE_PROJECTORS.some(({ name }) => name === projector.name);
  const keepSealed = keptSealedBy(isCore ? CORE_PROJECTORS : [projector]);
  const onProgress = (progress: RebuildProgress) =>
    showProgress(progressLine(projector.name, progress));
  try {
    const pace = fullSpeed ? FULL_SPEED : createGentlePace();
    return await work({ pool, store, keepSealed, projector, onProgress, pace, compares: true });
  } finally {
    endProgress();
    await pool.end();
  }
};
