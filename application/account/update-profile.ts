import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { isAboutText } from '../../domain/account/about.ts';
import {
  account as accountDecider,
  bearsName,
  type Account,
} from '../../domain/account/decider.ts';
import { Username } from '../../domain/account/username.ts';
import { usernameReservation } from '../../domain/account/username-decider.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { type Asking } from '../command-ports.ts';
import { type Profile } from '../contract/answers.ts';
import { type CommandContext, type EventStore } from '../event-store/event-store.ts';
import { type Execute } from '../execute.ts';
import { INVALID, UNAUTHENTICATED, type Failure } from '../failure.ts';
import { reserve } from '../idempotency.ts';
import { type Limits } from '../limits.ts';
import { type Clock, type Done } from '../ports.ts';
import { type Accounts } from './accounts.ts';
import { claimUsername } from './claim-username.ts';
import { profileOfAccount } from './profiles.ts';

export type UpdateProfile = (
  request: Asking & {
    readonly username?: string | undefined;
    readonly aboutMarkdown?: string | undefined;
  },
) => Promise<Either<Failure, Done<t.OutputOf<typeof Profile>>>>;

export type UpdateProfilePorts = {
  readonly accounts: Accounts;
  readonly store: Pick<EventStore, 'append'>;
  readonly execute: Execute;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'aboutBytesMax' | 'idempotencySecs'>;
};

/** The name somebody had, and the last event of its stream when they still had it. */
type FormerName = { readonly name: Username; readonly revision: number };

/**
 * Changes name, text or both. A new name is claimed first (see claim-username.ts), then the account says so, then the old
 * name is given back: whoever dies in between keeps the old name or has the new one, and what stays reserved too many may
 * be taken by others.
 */
export const createUpdateProfile = (ports: UpdateProfilePorts): UpdateProfile => {
  const { accounts, store, execute, clock, limits } = ports;
  const claim = claimUsername(ports);

  const formerName = async (state: Account): Promise<FormerName | null> => {
    if (!Username.is(state?.username)) return null;
    const { state: holder, revision } = await accounts.holder(state.username);
    return holder === state.userId ? { name: state.username, revision } : null;
  };

  const giveBack = async (former: FormerName, userId: UserId, context: CommandContext) => {
    const released = usernameReservation.decide(
      { type: 'ReleaseUsername', data: { userId, at: clock.now() } },
      userId,
    );
    if (isLeft(released)) return;
    // At the very revision seen while it was borne: if the person has taken it again since, it is theirs to keep. When it
    // fails for another reason, the next who wants the name takes it.
    await store.append({
      stream: accounts.usernameStream(former.name),
      expected: former.revision,
      events: released.right,
      context,
    })();
  };

  return async ({ by, username, aboutMarkdown, idempotencyKey, context }) => {
    if (username === undefined && aboutMarkdown === undefined) return left(INVALID);
    if (username !== undefined && !Username.is(username)) return left(INVALID);
    if (aboutMarkdown !== undefined && !isAboutText(aboutMarkdown, limits.aboutBytesMax))
      return left(INVALID);
    const at = clock.now();
    const seen: { former: FormerName | null } = { former: null };
    const updated = await execute({
      decider: accountDecider,
      states: accounts.states,
      stream: accounts.accountStream(by),
      prepare: async (state) => {
        seen.former = null;
        if (username !== undefined && state !== null && !bearsName(state, username)) {
          seen.former = await formerName(state);
          const holder = await claim({ name: username, userId: by, adoptsUnmade: false, context });
          if (isLeft(holder)) return holder;
          if (holder.right === null) return left(INVALID);
        }
        const data = { userId: by, username, aboutMarkdown, at };
        return right({ type: 'UpdateProfile' as const, data });
      },
      refuse: () => UNAUTHENTICATED,
      context,
      idempotency: reserve({
        by,
        operation: 'update_profile',
        key: idempotencyKey,
        content: [username, aboutMarkdown],
        result: {},
        at,
        idempotencySecs: limits.idempotencySecs,
      }),
    });
    if (isLeft(updated)) return updated;
    const { type, position } = updated.right;
    if (type === 'Executed' && seen.former !== null) await giveBack(seen.former, by, context);
    const state = type === 'Executed' ? updated.right.state : (await accounts.account(by)).state;
    const profile = profileOfAccount(state);
    return isLeft(profile) ? left(UNAUTHENTICATED) : right({ answer: profile.right, position });
  };
};
