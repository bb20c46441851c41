// Carries an erasure out that the log tells of: through the whole log, for everything of that person, page by page; then
// again for what was written meanwhile, until nothing is found; then, when read models and index have followed, the receipt.
import { isLeft } from 'fp-ts/lib/Either.js';
import { type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { EVENT_CATALOGUE } from '../event-store/event-catalogue.ts';
import { type Position } from '../event-store/event-log.ts';
import { type CommandContext, type EventStore } from '../event-store/event-store.ts';
import { type SessionVault } from '../session/session-vault.ts';
import { createWhatIsTheirs, ErasureInterrupted, type ActPorts } from './what-is-theirs.ts';

/** Accounts whose erasure is not carried out yet, or was begun after that time; in the order of the log. */
export type ErasedAccounts = (
  since: Timestamp,
  limit: number,
) => Promise<
  readonly {
    readonly userId: UserId;
    readonly position: Position;
    readonly receiptAt: Position | null;
  }[]
>;

/** How many keys were destroyed, by what they were of, and a digest of their scopes in the order of the log. */
export type Destroyed = {
  readonly accounts: number;
  readonly messages: number;
  readonly attachments: number;
  readonly pictures: number;
  readonly root: string;
};

export type ScopeDigest = { readonly add: (scope: string) => void; readonly root: () => string };

export type CarryOutPorts = ActPorts & {
  readonly store: Pick<EventStore, 'start' | 'head' | 'readAll'>;
  readonly sessions: Pick<SessionVault, 'liveSessions'>;
  /** Takes password, ended sessions and hashes of addresses out of the vault. */
  readonly forgetPerson: (userId: UserId) => Promise<void>;
  /** Resolves true when read models and index have reached a position, false when that takes too long. */
  readonly caughtUp: (position: Position) => Promise<boolean>;
  /** Takes away what read models keep beside themselves: replaced tables, statistics. */
  readonly sweepReadModels: () => Promise<void>;
  readonly newDigest: () => ScopeDigest;
  /** Signs a receipt and appends it to the log. */
  readonly receipt: (wish: ReceiptWish) => Promise<Position>;
  readonly newUuid: () => string;
};

export type ReceiptWish = {
  readonly userId: UserId | null;
  readonly first: Position;
  readonly last: Position;
  readonly destroyed: Destroyed;
  readonly context: CommandContext;
};

/** `Pending`: all is destroyed, but read models or index have not followed yet; to be called again. */
export type CarriedOut =
  | { readonly type: 'Done'; readonly receipt: Position; readonly destroyed: Destroyed }
  | { readonly type: 'Pending'; readonly destroyed: Destroyed };

export type EraseProgress = { readonly events: number; readonly at: Position };

const PAGE = 1_000;
const AT_ONCE = 16;
const ROUNDS_MAX = 20;
const SESSIONS_PAGE = 100;

/** Every sealed text: to find out whose an event is none has to be opened. */
const ALL_SEALED: ReadonlySet<string> = new Set(
  EVENT_CATALOGUE.flatMap(({ type, sealed }) => sealed.map(([field]) => `${type}.${field}`)),
);

const inTurns = async (work: readonly (() => Promise<void>)[]): Promise<void> => {
  for (let from = 0; from < work.length; from += AT_ONCE)
    await Promise.all(work.slice(from, from + AT_ONCE).map((each) => each()));
};

/** Pages of the log after a position, up to its end at that moment. */
export async function* pagesAfter(
  { store }: { readonly store: Pick<EventStore, 'head' | 'readAll'> },
  after: Position,
  keepSealed: ReadonlySet<string> = ALL_SEALED,
) {
  const head = await store.head();
  for (let at = after; at < head;) {
    const page = await store.readAll(at, PAGE, { keepSealed });
    const last = page.at(-1);
    if (last === undefined) return;
    at = last.meta.position;
    yield page;
  }
}

type Running = {
  readonly counts: { messages: number; attachments: number; pictures: number };
  readonly digest: ScopeDigest;
};

const endSessions = async (
  { sessions, revoke, clock }: CarryOutPorts,
  userId: UserId,
  context: CommandContext,
): Promise<void> => {
  for (;;) {
    const live = await sessions.liveSessions({ userId, now: clock.now(), limit: SESSIONS_PAGE });
    for (const { sessionId } of live) {
      const ended = await revoke({ sessionId, userId, reason: 'operator', context });
      if (isLeft(ended)) throw new ErasureInterrupted('A session could not be ended.');
    }
    if (live.length < SESSIONS_PAGE) return;
  }
};

/** One way through the log; resolves with where it ended and how much there was to do. */
const createPass =
  (ports: CarryOutPorts, userId: UserId, context: CommandContext, running: Running) =>
  async (after: Position, onProgress: (progress: EraseProgress) => void) => {
    const whatIsTheirs = createWhatIsTheirs(ports, userId, context);
    let [at, found, events] = [after, 0, 0];
    for await (const page of pagesAfter(ports, after)) {
      const acts = page.flatMap((event) => whatIsTheirs(event) ?? []);
      await inTurns(acts.map(({ run }) => run));
      for (const { key } of acts) {
        if (key === null) continue;
        running.counts[key.kind] += 1;
        running.digest.add(key.scope);
      }
      found += acts.length;
      events += page.length;
      at = page.at(-1)?.meta.position ?? at;
      onProgress({ events, at });
    }
    return { at, found };
  };

/** Carries out what AccountErased, at `erasedAt`, asks for. Throws ErasureInterrupted; all of it can be repeated. */
export const createCarryOut =
  (ports: CarryOutPorts) =>
  async (
    userId: UserId,
    erasedAt: Position,
    onProgress: (progress: EraseProgress) => void = () => {},
  ): Promise<CarriedOut> => {
    const { store, keys, forgetPerson, caughtUp, sweepReadModels, newDigest, receipt } = ports;
    const context = { actor: 'operator', correlationId: ports.newUuid() };
    const digest = newDigest();
    const running = { counts: { messages: 0, attachments: 0, pictures: 0 }, digest };
    const pass = createPass(ports, userId, context, running);
    const account = `account:${userId}`;
    await keys.destroy(account);
    digest.add(account);
    await forgetPerson(userId);
    await endSessions(ports, userId, context);
    let at = store.start;
    let hasFollowed = false;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const passed = await pass(at, onProgress);
      at = passed.at;
      if (passed.found > 0) {
        hasFollowed = false;
        continue;
      }
      const destroyed = { accounts: 1, ...running.counts, root: digest.root() };
      // What was under way when the sessions ended has come to an end by the time read models have followed.
      if (hasFollowed) {
        const wish = { userId, first: erasedAt, last: at, destroyed, context };
        return { type: 'Done', receipt: await receipt(wish), destroyed };
      }
      await forgetPerson(userId);
      if (!(await caughtUp(at))) return { type: 'Pending', destroyed };
      await sweepReadModels();
      hasFollowed = true;
    }
    throw new ErasureInterrupted('Somebody goes on writing in their name.');
  };

/** Whether the log holds anything of an erased person after a position. */
export const createHasMore =
  (ports: CarryOutPorts) =>
  async (userId: UserId, after: Position): Promise<boolean> => {
    const context = { actor: 'operator', correlationId: ports.newUuid() };
    const whatIsTheirs = createWhatIsTheirs(ports, userId, context);
    for await (const page of pagesAfter(ports, after))
      if (page.some((event) => whatIsTheirs(event) !== null)) return true;
    return false;
  };
