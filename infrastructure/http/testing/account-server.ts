// Accounts and sessions as a whole on a real database: routes, commands, log and vault. Only the read model is stood in
// for, by the streams themselves.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { type SealedAbout } from '../../../application/account/about-texts.ts';
import { type AccountReader } from '../../../application/account/account-reader.ts';
import { createAccounts } from '../../../application/account/accounts.ts';
import { type VerifyCaptcha } from '../../../application/account/captcha.ts';
import { steadily } from '../../../application/account/steady-answer.ts';
import { type EventStore } from '../../../application/event-store/event-store.ts';
import { type Limits } from '../../../application/limits.ts';
import { type Clock } from '../../../application/ports.ts';
import { type UserId } from '../../../domain/shared/ids.ts';
import { type Timestamp } from '../../../domain/shared/timestamp.ts';
import { createPasswords } from '../../auth/passwords.ts';
import { createAuthenticator } from '../../auth/token-authenticator.ts';
import { openTokenRing } from '../../auth/token-ring.ts';
import { createTokenIssuer, createTokenVerifier, installationId } from '../../auth/tokens.ts';
import { createUsernameStream } from '../../auth/username-stream.ts';
import { LOG_MIGRATIONS } from '../../event-log/postgres/migrations.ts';
import { createPostgresLog } from '../../event-log/postgres/postgres-log.ts';
import { createEventStore } from '../../event-store/event-store.ts';
import { migrate } from '../../postgres/migrations.ts';
import { createNewId } from '../../server/clock-and-ids.ts';
import { freshDatabase, type TestDatabase } from '../../testing/database.ts';
import { createDataKeys } from '../../vault/data-keys.ts';
import { VAULT_MIGRATIONS } from '../../vault/migrations.ts';
import { createPasswordVault } from '../../vault/password-vault.ts';
import { createSaltTable } from '../../vault/salt-table.ts';
import { createSessionVault } from '../../vault/session-vault.ts';
import { identityRoutes } from '../identity-routes.ts';
import { operationsRoutes } from '../operations-routes.ts';
import { defaultLimits, runServer, type RunningServer } from './running-server.ts';

const MASTER_KEY = Buffer.alloc(32, 7);

export type AccountServer = RunningServer & {
  readonly database: TestDatabase;
  /** Moves the server's clock; limiters and deadlines run on real time. */
  readonly advance: (ms: number) => void;
};

type Options = {
  readonly limits?: Partial<Limits>;
  readonly verifyCaptcha?: VerifyCaptcha;
  /** The server's process dies, so to say, before it appends to this stream. */
  readonly diesBefore?: (stream: string) => boolean;
};

const createParts = async (
  database: TestDatabase,
  clock: Clock,
  limits: Limits,
  secrets: string,
) => {
  const { pool, url } = database;
  await migrate(pool, [...LOG_MIGRATIONS, ...VAULT_MIGRATIONS]);
  const log = createPostgresLog({ url, pool, queueMax: 1_000 });
  const dataKeys = createDataKeys({ masterKey: MASTER_KEY, salts: createSaltTable({ pool }) });
  const store = createEventStore({ log, dataKeys, newUuid: randomUUID });
  const sessionVault = createSessionVault({
    pool,
    masterKey: MASTER_KEY,
    idleSecs: limits.sessionIdleSecs,
    absoluteSecs: limits.sessionAbsoluteSecs,
  });
  const tokenSecs = limits.accessTokenSecs;
  const ring = await openTokenRing({ path: join(secrets, 'tokens'), clock, tokenSecs });
  const installation = installationId(MASTER_KEY);
  const issueAccessToken = createTokenIssuer({ ring, installation, tokenSecs });
  const authenticator = createAuthenticator({
    verify: createTokenVerifier({ ring, installation, clock }),
    sessions: sessionVault,
    clock,
    cacheMax: 1_000,
  });
  const usernameStream = createUsernameStream(MASTER_KEY);
  const accounts = createAccounts({ store, usernameStream });
  const passwords = createPasswords({ memoryKib: 1024, timeCost: 2, limits });
  return {
    log,
    store,
    sessionVault,
    issueAccessToken,
    authenticator,
    accounts,
    usernameStream,
    passwords,
  };
};

// Not sealed: sealing is the business of the store, and opening that of the read model.
const boxed = (userId: UserId, about: string | null): SealedAbout | null =>
  about === null ? null : { userId, eventId: '', eventVersion: 1, box: about };

export const runAccountServer = async (options: Options = {}): Promise<AccountServer> => {
  const database = await freshDatabase();
  const secrets = await mkdtemp(join(tmpdir(), 'filament-secrets-'));
  let ahead = 0;
  const clock: Clock = { now: () => (Date.now() + ahead) as Timestamp };
  const limits = { ...defaultLimits(), ...options.limits };
  const parts = await createParts(database, clock, limits, secrets);
  const { authenticator, accounts } = parts;
  const store: EventStore = {
    ...parts.store,
    append: (append) => {
      if (options.diesBefore?.(append.stream) === true) throw new Error('died');
      return parts.store.append(append);
    },
  };
  const byId: AccountReader['byId'] = async (userId) => {
    const { state } = await accounts.account(userId);
    return state === null || state.username === null
      ? null
      : {
          ...state,
          username: state.username,
          about: boxed(userId, state.aboutMarkdown),
          avatarVersion: 0,
          bannerVersion: 0,
        };
  };
  const reader: AccountReader = {
    byId,
    picture: () => Promise.resolve(null),
    shown: () => Promise.resolve(new Set()),
    lookup: async (userIds) =>
      (await Promise.all(userIds.map(byId))).filter((found) => found !== null),
  };
  const server = await runServer({
    limits,
    authenticate: authenticator.authenticate,
    routes: [
      ...operationsRoutes({
        metricsText: () => Promise.resolve(''),
        readiness: [],
        clientConfig: () => ({
          gateway_url: null,
          message_bytes_max: 2000,
          captcha_site_key: null,
        }),
      }),
      ...identityRoutes({
        ...parts,
        store,
        reader,
        openAbout: ({ box }) => Promise.resolve(box),
        passwordVault: createPasswordVault({ pool: database.pool }),
        forgetSession: authenticator.revoke,
        verifyCaptcha: options.verifyCaptcha ?? null,
        steadily: steadily({
          stepMs: 1,
          elapsed: () => performance.now(),
          pause: (ms) => after(ms),
        }),
        limits,
        clock,
        newId: createNewId(clock),
        newEventId: randomUUID,
      }),
    ],
  });
  return {
    ...server,
    database,
    advance: (ms) => {
      ahead += ms;
    },
    close: async () => {
      await server.close();
      await parts.log.close();
      await database.drop();
      await rm(secrets, { recursive: true });
    },
  };
};
