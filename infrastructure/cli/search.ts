// `filament search status|rebuild|reconcile`: beside a running server on the same data directory, or alone.
import { type Command } from 'commander';
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { GuildId } from '../../domain/shared/ids.ts';
import { installationId } from '../auth/tokens.ts';
import { type Config } from '../config/config.ts';
import { createPool, queryRows, type Pool } from '../postgres/database.ts';
import { countParkedEvents } from '../projections/control-rows.ts';
import { lagOf } from '../projections/projection-status.ts';
import { recordRebuild } from '../projections/record-rebuild.ts';
import { ElasticFailed } from '../search/elasticsearch/elastic-failed.ts';
import { openSearchEngine } from '../search/open-search-engine.ts';
import { type SearchEngine } from '../search/search-engine.ts';
import { type Foundation } from '../server/foundation.ts';
import { CommandFailed, endProgress, print, showProgress, textTable } from './output.ts';
import { progressLine, withFoundation } from './projection-work.ts';

const CONNECTIONS = 4;
// Of an operator, who may wait.
const DOCUMENTS_MAX = 5_000_000;

type Opened = {
  readonly foundation: Foundation;
  readonly engine: SearchEngine;
  readonly pool: Pool;
};

const withEngine = <A>(config: Config, work: (opened: Opened) => Promise<A>): Promise<A> =>
  withFoundation(config, async (foundation) => {
    const { databaseUrl, store, secrets } = foundation;
    const pool = createPool({
      ...{ url: databaseUrl, name: 'search upkeep', max: CONNECTIONS, statementTimeoutMs: 0 },
    });
    const installation = installationId(secrets.masterKey);
    const engine = await openSearchEngine({ config, installation, pool, store, url: databaseUrl });
    try {
      return await work({ foundation, engine, pool });
    } catch (error) {
      if (error instanceof ElasticFailed)
        throw new CommandFailed(
          `${error.message} Check FILAMENT_ELASTICSEARCH_URL and the server there.`,
        );
      throw error;
    } finally {
      endProgress();
      await engine.close();
      await pool.end();
    }
  });

const status = (config: Config, json: boolean) =>
  withEngine(config, async ({ foundation: { store }, engine, pool }) => {
    const found = await engine.status();
    const parked = (await countParkedEvents(pool)).get('search') ?? 0;
    const lag = found.position === null ? null : lagOf(await store.head(), found.position);
    const row = { engine: engine.name, ...found, lag, parked };
    print(json, row, textTable([row]));
    // A monitor goes by the exit code: without its documents an index answers nobody.
    if (found.version === null || found.documents === null) process.exitCode = 1;
  });

const rebuild = (config: Config, json: boolean) =>
  withEngine(config, async ({ foundation, engine }) => {
    const rebuilt = await engine.rebuild((progress) =>
      showProgress(progressLine('search', progress)),
    );
    endProgress();
    await recordRebuild(foundation, 'operator', rebuilt); // Every act of an operator is itself an event.
    const row = {
      engine: engine.name,
      version: rebuilt.version,
      events: rebuilt.events,
      seconds: Number((rebuilt.elapsedMs / 1000).toFixed(2)),
      eventsPerSecond: Math.round(rebuilt.ratePerSecond),
    };
    print(json, row, textTable([row]));
  });

const Guild = t.type({ guild_id: GuildId });

const guildsToReconcile = async (pool: Pool, names: readonly string[]) => {
  const all = await queryRows(pool, Guild, 'SELECT guild_id FROM rm_guilds.guilds ORDER BY 1');
  const ids = all.map(({ guild_id }) => guild_id);
  const unknown = names.filter((name) => !ids.some((id) => id === name));
  if (unknown.length > 0)
    throw new CommandFailed(`There is no guild ${unknown.join(', ')}. Give ids of 26 characters.`);
  return names.length === 0 ? ids : ids.filter((id) => names.includes(id));
};

/** Until nothing remains, or nothing changes any more. */
const reconcileOne = async (engine: SearchEngine, guildId: GuildId) => {
  let [upserted, deleted] = [0, 0];
  for (;;) {
    const outcome = await engine.reconcile(guildId, DOCUMENTS_MAX);
    if (isLeft(outcome))
      throw new CommandFailed(
        outcome.left === 'TooMany'
          ? `Guild ${guildId} has more than ${DOCUMENTS_MAX} documents. Rebuild the index instead: filament search rebuild.`
          : 'The search index can not be asked now. See filament search status.',
      );
    const { right } = outcome;
    upserted += right.upserted;
    deleted += right.deleted;
    if (right.remaining === 0 || right.upserted + right.deleted === 0)
      return { guild: guildId, upserted, deleted, remaining: right.remaining };
  }
};

const reconcile = (config: Config, names: readonly string[], json: boolean) =>
  withEngine(config, async ({ engine, pool }) => {
    const guilds = await guildsToReconcile(pool, names);
    const rows = [];
    const begun = performance.now();
    for (const [at, guildId] of guilds.entries()) {
      const secondsEach = (performance.now() - begun) / 1000 / Math.max(1, at);
      const left = Math.ceil(secondsEach * (guilds.length - at));
      showProgress(
        `search: guild ${at + 1} of ${guilds.length}${at === 0 ? '' : `, ${left} s left`}`,
      );
      rows.push(await reconcileOne(engine, guildId));
    }
    endProgress();
    print(json, { guilds: rows }, textTable(rows));
  });

type Options = { readonly json?: boolean };

export const addSearchCommands = (
  program: Command,
  requireConfig: () => Config,
  example: (text: string) => string,
): void => {
  const search = program
    .command('search')
    .description('the search index, in PostgreSQL or Elasticsearch');
  search
    .command('status')
    .description('show which index there is and how far it is; exit code 1 when it answers nobody')
    .option('--json', 'print one JSON value')
    .addHelpText('after', example('npx filament search status --json'))
    .action(({ json = false }: Options) => status(requireConfig(), json));
  search
    .command('rebuild')
    .description('build the index anew from the log, beside the one in use, and switch to it')
    .option('--json', 'print one JSON value')
    .addHelpText('after', example('npx filament search rebuild'))
    .action(({ json = false }: Options) => rebuild(requireConfig(), json));
  search
    .command('reconcile')
    .argument('[guild...]', 'ids of guilds; all when none is given')
    .description('compare which messages there are with which are indexed, and mend the difference')
    .option('--json', 'print one JSON value')
    .addHelpText('after', example('npx filament search reconcile 01J8XG6QZ4V0P7S3W9T5R2M1KD'))
    .action((guilds: readonly string[], { json = false }: Options) =>
      reconcile(requireConfig(), guilds, json),
    );
};
