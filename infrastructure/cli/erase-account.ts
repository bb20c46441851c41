// What `filament account erase` does: looks, refuses where others would be left without an owner, and carries it out.
import { isLeft, right } from 'fp-ts/lib/Either.js';
import { createGuildAccess } from '../../application/access/create-guild-access.ts';
import { createUncachedStreams } from '../../application/access/folded-streams.ts';
import {
  createCarryOut,
  type CarriedOut,
  type EraseProgress,
} from '../../application/erasure/carry-out.ts';
import { surveyPerson, type Survey } from '../../application/erasure/survey.ts';
import { ErasureInterrupted } from '../../application/erasure/what-is-theirs.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { createExecute } from '../../application/execute.ts';
import { NOT_FOUND } from '../../application/failure.ts';
import { createKeepAnOwner } from '../../application/membership/keep-an-owner.ts';
import { createTurns } from '../../application/turns.ts';
import { account } from '../../domain/account/decider.ts';
import { ACCOUNT_EVENTS, USERNAME_EVENTS } from '../../domain/account/events.ts';
import { canonicalUsername, Username } from '../../domain/account/username.ts';
import { usernameReservation } from '../../domain/account/username-decider.ts';
import { type GuildId, UserId } from '../../domain/shared/ids.ts';
import { createMemberReader } from '../../projections/members/reader.ts';
import { createUsernameStream } from '../auth/username-stream.ts';
import { installationId } from '../auth/tokens.ts';
import { openBlobStore } from '../blob/open-blob-store.ts';
import { type Config } from '../config/config.ts';
import { createErasureLock } from '../erasure/erasure-lock.ts';
import { createLog } from '../logging/log.ts';
import { createPool } from '../postgres/database.ts';
import { createReadModelQuery } from '../projections/read-model-query.ts';
import { progressOf } from '../projections/rebuild-progress.ts';
import { openSearchEngine } from '../search/open-search-engine.ts';
import { erasurePorts } from '../server/account-erasure.ts';
import { type Foundation } from '../server/foundation.ts';
import { CommandFailed, endProgress, showProgress } from './output.ts';
import { progressLine } from './projection-work.ts';

const SEARCH_CONNECTIONS = 2;

const accountStream = (userId: UserId) => `account-${userId}`;
const accountStates = ({ store }: Foundation) =>
  createUncachedStreams({ store, folding: { decider: account, kinds: ACCOUNT_EVENTS } });

const byName = async ({ store, secrets }: Foundation, name: Username): Promise<UserId | null> => {
  const folding = { decider: usernameReservation, kinds: USERNAME_EVENTS };
  const stream = createUsernameStream(secrets.masterKey)(canonicalUsername(name));
  return (await createUncachedStreams({ store, folding }).get(stream)).state;
};

/** The person that was meant, by id or by name. */
export const findPerson = async (foundation: Foundation, text: string): Promise<UserId> => {
  const id = text.toUpperCase();
  const userId = UserId.is(id) ? id : Username.is(text) ? await byName(foundation, text) : null;
  const found = userId && (await accountStates(foundation).get(accountStream(userId))).state;
  if (userId === null || found === null)
    throw new CommandFailed(`There is no account ${text}. Give a user id, or a name.`);
  return userId;
};

/** Shows how far a reading of the log is. */
export const showReading = async (
  { store }: Pick<Foundation, 'store'>,
  name: string,
): Promise<(progress: EraseProgress) => void> => {
  const head = await store.head();
  const begun = performance.now();
  return ({ events: done, at }) => {
    const elapsedMs = performance.now() - begun;
    showProgress(progressLine(name, progressOf({ phase: 'replay', done, at, head, elapsedMs })));
  };
};

export type Plan = Survey & {
  readonly userId: UserId;
  readonly isErased: boolean;
  /** Where they are the last owner and others are members. */
  readonly needsAnOwner: readonly GuildId[];
  /** Where nobody else is: these stay without anybody. */
  readonly leftEmpty: readonly GuildId[];
};

/** What would be done, and what stands against it. */
export const planErasure = async (foundation: Foundation, userId: UserId): Promise<Plan> => {
  const { store, config, pool, sealer, clock } = foundation;
  const { limits } = config;
  const onProgress = await showReading(foundation, 'looking');
  const survey = await surveyPerson(store, userId, onProgress).finally(endProgress);
  const access = createGuildAccess({ store, limits, serverOwnerId: null, clock });
  const members = createMemberReader({ query: createReadModelQuery({ pool }), sealer });
  const keepAnOwner = createKeepAnOwner({ access, members, alone: (_, work) => work() });
  const needsAnOwner: GuildId[] = [];
  const leftEmpty: GuildId[] = [];
  for (const guildId of survey.guilds) {
    const mayLeave = await keepAnOwner(guildId, userId, () => Promise.resolve(right(null)));
    if (!isLeft(mayLeave)) continue;
    const some = await members.page({ guildId, after: null, limit: 2, at: clock.now() });
    (some.some(({ user_id }) => user_id !== userId) ? needsAnOwner : leftEmpty).push(guildId);
  }
  const { state } = await accountStates(foundation).get(accountStream(userId));
  return { ...survey, userId, isErased: state?.isErased ?? false, needsAnOwner, leftEmpty };
};

const SERVER_OWNER =
  'This is the owner of the server (FILAMENT_SERVER_OWNER_USER_ID). Name another one, or nobody, and restart the server first.';

/** Throws when others would be left without an owner. */
export const requireErasable = ({ config }: Foundation, plan: Plan): void => {
  if (config.serverOwnerUserId === plan.userId) throw new CommandFailed(SERVER_OWNER);
  if (plan.needsAnOwner.length === 0) return;
  throw new CommandFailed(
    'They are the last owner of guilds that others are members of. Have the owner role of each given to ' +
      `somebody else first:\n${plan.needsAnOwner.map((id) => `  ${id}`).join('\n')}`,
  );
};

/** Has the log tell that the account is erased; resolves with where it does. */
const begin = async (foundation: Foundation, userId: UserId): Promise<Position> => {
  const { store, clock, newUuid } = foundation;
  const begun = await createExecute({ store, turns: createTurns(), newEventId: newUuid })({
    ...{ decider: account, states: accountStates(foundation), stream: accountStream(userId) },
    prepare: () =>
      Promise.resolve(right({ type: 'EraseAccount' as const, data: { userId, at: clock.now() } })),
    refuse: () => NOT_FOUND,
    context: { actor: 'operator', correlationId: newUuid() },
  });
  if (isLeft(begun)) throw new ErasureInterrupted(`It could not be begun: ${begun.left.type}.`);
  const events = await store.load(accountStream(userId));
  const erased = events.find(({ type }) => type === 'AccountErased');
  if (erased === undefined) throw new ErasureInterrupted('It could not be begun.');
  return erased.meta.position;
};

const openIndex = async ({ config, store, secrets, databaseUrl }: Foundation) => {
  const pool = createPool({ url: databaseUrl, name: 'erasure', max: SEARCH_CONNECTIONS });
  const installation = installationId(secrets.masterKey);
  const engine = await openSearchEngine({ config, installation, pool, store, url: databaseUrl });
  return {
    indexedTo: async () => (await engine.status()).position,
    close: async () => {
      await engine.close();
      await pool.end();
    },
  };
};

/** Carries it out, also what an earlier call or another process left half done. Null: another process erases, or undoes. */
export const eraseAccount = async (
  config: Config,
  foundation: Foundation,
  { userId, waitMs }: { readonly userId: UserId; readonly waitMs: number },
): Promise<CarriedOut | null> => {
  const { pool, secrets, store } = foundation;
  const log = createLog({ level: 'error' });
  const installation = installationId(secrets.masterKey);
  const blobs = await openBlobStore(config, { installation, log });
  const { indexedTo, close } = await openIndex(foundation);
  try {
    const erasedAt = await begin(foundation, userId);
    const carryOut = createCarryOut(erasurePorts(foundation, { blobs, indexedTo, waitMs }));
    const onProgress = await showReading({ store }, 'erasing');
    const alone = createErasureLock({ pool, patienceMs: waitMs });
    return await alone(() => carryOut(userId, erasedAt, onProgress));
  } catch (error) {
    if (!(error instanceof ErasureInterrupted)) throw error;
    throw new CommandFailed(`${error.message} Call the same command again: it goes on.`, {
      cause: error,
    });
  } finally {
    endProgress();
    await close();
    await blobs.close();
  }
};
