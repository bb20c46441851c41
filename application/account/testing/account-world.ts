// Accounts over streams in memory, with each access passing a step that may reorder accesses or die.
import { left, right } from 'fp-ts/lib/Either.js';
import { type Id, type UserId } from '../../../domain/shared/ids.ts';
import { noon, userNo } from '../../../domain/shared/testing/samples.ts';
import { type AppendFailure, type Position } from '../../event-store/event-log.ts';
import {
  type AppendEvents,
  type EventStore,
  type Recorded,
} from '../../event-store/event-store.ts';
import { createExecute } from '../../execute.ts';
import { type NewId } from '../../ports.ts';
import { createTurns } from '../../turns.ts';
import { createAccounts } from '../accounts.ts';
import { registerAccount } from '../register-account.ts';
import { createUpdateProfile } from '../update-profile.ts';

const context = { actor: 'system', correlationId: '00000000-0000-4000-8000-000000000000' };
const position = '00000000000000000001' as Position;

export type Step = <A>(access: () => A) => Promise<A>;

/** Streams and password hashes; a process of its own for each person, so that only the log keeps them apart. */
export const accountWorld = (step: Step) => {
  const streams = new Map<string, Recorded[]>();
  const passwords = new Map<string, string>();
  const write = ({ stream, expected, events, vault = [] }: AppendEvents) => {
    const written = streams.get(stream) ?? [];
    const actual = written.length === 0 ? 'no_stream' : written.length - 1;
    const lost: AppendFailure = { type: 'WrongExpectedRevision', actual };
    if (expected !== actual) return left(lost);
    const meta = { stream, position } as Recorded['meta'];
    const recorded = events.map((event, i) => ({
      ...event,
      meta: { ...meta, revision: written.length + i },
    }));
    streams.set(stream, [...written, ...recorded]);
    for (const item of vault) if (item.kind === 'password') passwords.set(item.userId, item.phc);
    return right({ position, firstRevision: written.length, recordedAt: noon });
  };
  const store: Pick<EventStore, 'append' | 'load'> = {
    append: (append) => () => step(() => write(append)),
    load: (stream) => step(() => streams.get(stream) ?? []),
  };
  let ids = 0;
  const nextId = (): string => userNo((ids += 1));
  const newId: NewId = <Kind extends string>() => nextId() as Id<Kind>;
  const accounts = createAccounts({ store, usernameStream: (name) => `username-${name}` });
  const register = registerAccount({
    accounts,
    store,
    passwords: {
      hash: (password) => Promise.resolve(right(`phc of ${password}`)),
      verify: () => Promise.resolve(right(false)),
      isOutdated: () => false,
    },
    verifyCaptcha: null,
    clock: { now: () => noon },
    newId,
  });
  const updateProfile = () =>
    createUpdateProfile({
      accounts,
      store,
      execute: createExecute({ store, turns: createTurns(), newEventId: () => '' }),
      clock: { now: () => noon },
      limits: { aboutBytesMax: 20, idempotencySecs: 60 },
    });
  const holderOf = (name: string): UserId | null => {
    let holder: UserId | null = null;
    for (const { type, data } of streams.get(`username-${name.toLowerCase()}`) ?? []) {
      if (type === 'UsernameReserved') holder = data.userId;
      if (type === 'UsernameReleased' && holder === data.userId) holder = null;
    }
    return holder;
  };
  /** The name an account bears, as the log has it; null when there is no such account. */
  const nameOf = (userId: UserId): string | null => {
    let name: string | null = null;
    for (const { type, data } of streams.get(`account-${userId}`) ?? []) {
      if (type === 'AccountRegistered') name = data.username;
      if (type === 'ProfileUpdated' && name !== null) name = data.username ?? name;
    }
    return name;
  };
  return {
    holderOf,
    nameOf,
    update: (by: UserId, change: { username?: string; aboutMarkdown?: string }) =>
      updateProfile()({ by, ...change, idempotencyKey: null, context }),
    accountIds: (): readonly UserId[] =>
      [...streams.keys()]
        .filter((stream) => stream.startsWith('account-'))
        .map((stream) => stream.slice('account-'.length) as UserId)
        .filter((userId) => nameOf(userId) !== null),
    register: (password: string, username = 'Ada') =>
      register({ username, password, captchaToken: null, clientAddress: null, context }),
    /** The password that signs in under a name: that of the account its stream leads to. */
    passwordOf: (name: string): string | undefined => {
      const userId = holderOf(name);
      return userId !== null && nameOf(userId) !== null ? passwords.get(userId) : undefined;
    },
    accountsMade: () =>
      [...streams.keys()].filter((stream) => stream.startsWith('account-')).length,
    passwordsKept: () => passwords.size,
  };
};

/** Each access at once. */
export const atOnce = <A>(access: () => A): Promise<A> => Promise.resolve(access());
