// The read models: brought up to date with the code and the log, then advanced by the pipeline; and the search index,
// which follows the log at its own pace.
import { type GuildAccess } from '../../application/access/guild-access.ts';
import { type MessageContents } from '../../application/message/message-contents.ts';
import { createAccountReader } from '../../projections/accounts/reader.ts';
import { createAuditReader } from '../../projections/audit/reader.ts';
import { createAttachmentReader } from '../../projections/attachments/reader.ts';
import { CORE_PROJECTORS, keptSealedBy } from '../../projections/core-projectors.ts';
import { createFeedReader } from '../../projections/feed/reader.ts';
import { createDeletedScopes, createErasedAccounts } from '../../projections/erasures/reader.ts';
import { createFriendReader } from '../../projections/friendships/reader.ts';
import { createGuildReader } from '../../projections/guilds/reader.ts';
import { createIpBanReader } from '../../projections/ip-bans/reader.ts';
import { createKnownTo } from '../../projections/members/acquaintance-reader.ts';
import { createGuildsOfPerson, createMemberReader } from '../../projections/members/reader.ts';
import { createMessageReader } from '../../projections/messages/reader.ts';
import { type Log } from '../logging/log.ts';
import { type ServerMetrics } from '../metrics/metrics.ts';
import { createPool } from '../postgres/database.ts';
import { createReadModelQuery } from '../projections/read-model-query.ts';
import { createReadPosition } from '../projections/read-position.ts';
import { createProjectionRunner } from '../projections/runner.ts';
import { projectionStatus } from '../projections/projection-status.ts';
import { type Foundation } from './foundation.ts';
import { openSearch } from './search-slice.ts';

// One connection each for the live session and a build at the start, the search follower's two, a rebuild of the index
// beside them, and two reconciliations.
const PROJECTION_CONNECTIONS = 7;

const createRunner = (
  { store }: Foundation,
  pool: Foundation['pool'],
  log: Log,
  onTakeOver: () => void,
) =>
  createProjectionRunner({
    pool,
    store,
    projectors: CORE_PROJECTORS,
    onRetry: (err) => log.warn({ event: 'projection.retry', err }),
    onRebuild: (name, { phase, done }) =>
      log.debug({ event: 'projection.rebuild', projection: name, phase, done }),
    onStandBy: (differing) => log.warn({ event: 'projection.standing_by', differing }),
    onTakeOver: () => {
      log.info({ event: 'projection.taken_over' });
      onTakeOver();
    },
  });

/** Opens everything that is read; resolves when the core read models have caught up with the log. */
export const openReadModels = async (
  foundation: Foundation,
  contents: MessageContents,
  log: Log,
) => {
  const { databaseUrl, pool: requests, store, sealer } = foundation;
  const pool = createPool({ url: databaseUrl, name: 'projections', max: PROJECTION_CONNECTIONS });
  let tookOver = (): void => {};
  const runner = createRunner(foundation, pool, log, () => tookOver());
  const start = await runner.start();
  const search = await openSearch(foundation, pool, log);
  const query = createReadModelQuery({ pool: requests });
  const readPosition = createReadPosition({ start });
  const messages = createMessageReader({ query, contents, sealer });
  return {
    start,
    keepSealed: keptSealedBy(CORE_PROJECTORS),
    readers: {
      accounts: createAccountReader({ query }),
      audit: createAuditReader({ query }),
      deletedScopes: createDeletedScopes({ query }),
      erasedAccounts: createErasedAccounts({ query }),
      attachments: createAttachmentReader({ query, sealer }),
      feed: createFeedReader({ query }),
      guilds: createGuildReader({ query }),
      ipBans: createIpBanReader({ query, sealer }),
      members: createMemberReader({ query, sealer }),
      knownTo: createKnownTo({ query }),
      guildsOfPerson: createGuildsOfPerson({ query }),
      friends: createFriendReader({ query }),
      messages,
    },
    readPosition,
    apply: runner.apply,
    isHealthy: runner.isHealthy,
    isProjecting: runner.isProjecting,
    /** What is to be done, from now on, when this process becomes the one that projects. */
    onTakeOver: (work: () => void) => {
      tookOver = work;
    },
    indexedTo: search.indexedTo,
    searchRoutes: (access: GuildAccess) => search.routes(access, { readPosition, messages }),
    addGauges: ({ gauge }: ServerMetrics) => {
      gauge(
        'filament_projecting',
        'Whether this process is the one of its database that projects.',
        () => Number(runner.isProjecting()),
      );
      for (const { name } of CORE_PROJECTORS) {
        gauge(
          `filament_projection_${name}_lag_events`,
          `Events ${name} is behind the log.`,
          async () => {
            const [status] = await projectionStatus({
              pool: requests,
              store,
              projectors: [{ name }],
            });
            return status?.lag ?? 0;
          },
        );
      }
    },
    close: async () => {
      runner.stop();
      await search.close();
      await pool.end();
    },
  };
};
