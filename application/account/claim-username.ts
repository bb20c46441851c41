// How a name becomes somebody's, so that two people never hold one and nobody loses theirs.
//
// The name's stream says who reserved it, the account says which name it bears, and no append covers both. A name is borne
// by who reserved it and whose account says so; what a process that died in between left reserved may be taken by others.
// Taking it needs two appends at the revisions looked at: one to the holder's account, which makes a change of name that is
// still under way there fail, and one to the name. Whoever claims always writes to the name after reading the account, so
// of a claim and a taking that meet exactly one succeeds.
import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { account as accountDecider, bearsName } from '../../domain/account/decider.ts';
import { type Username } from '../../domain/account/username.ts';
import { usernameReservation } from '../../domain/account/username-decider.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import {
  type AppendEvents,
  type CommandContext,
  type EventStore,
} from '../event-store/event-store.ts';
import { appendFailure } from '../execute.ts';
import { type Failure } from '../failure.ts';
import { type Clock } from '../ports.ts';
import { type Accounts } from './accounts.ts';

const ATTEMPTS_MAX = 3;

type ClaimPorts = {
  readonly accounts: Accounts;
  readonly store: Pick<EventStore, 'append'>;
  readonly clock: Clock;
};

type Claim = {
  readonly name: Username;
  readonly userId: UserId;
  /** A name may be reserved for an account that was never made: is it given instead of taken from it? */
  readonly adoptsUnmade: boolean;
  readonly context: CommandContext;
};

/** Whose the name is now: the claimer's, or that of an unmade account to adopt; null when it is somebody else's. */
type Claimed = Either<Failure, UserId | null>;
export type ClaimUsername = (claim: Claim) => Promise<Claimed>;

export const claimUsername = ({ accounts, store, clock }: ClaimPorts): ClaimUsername => {
  /** True when it was written, false when another was faster. */
  const write = async (append: AppendEvents): Promise<Either<Failure, boolean>> => {
    const appended = await store.append(append)();
    if (!isLeft(appended)) return right(true);
    return appended.left.type === 'WrongExpectedRevision' || appended.left.type === 'AlreadyDone'
      ? right(false)
      : left(appendFailure(appended.left));
  };
  const expected = (revision: number) => (revision === -1 ? 'no_stream' : revision);

  /** One attempt; undefined when another was faster. */
  const attempt = async (claim: Claim): Promise<Either<Failure, UserId | null | undefined>> => {
    const { name, userId, adoptsUnmade, context } = claim;
    const { state: holder, revision } = await accounts.holder(name);
    const at = clock.now();
    let from: UserId | undefined;
    if (holder !== null && holder !== userId) {
      const held = await accounts.account(holder);
      if (adoptsUnmade && held.revision === -1) return right(holder);
      if (bearsName(held.state, name)) return right(null);
      const lapsed = accountDecider.decide(
        { type: 'LapseNameClaim', data: { userId: holder, at } },
        held.state,
      );
      const written = await write({
        stream: accounts.accountStream(holder),
        expected: expected(held.revision),
        events: isLeft(lapsed) ? [] : lapsed.right,
        context,
      });
      if (isLeft(written)) return written;
      if (!written.right) return right(undefined);
      from = holder;
    }
    const reserved = usernameReservation.decide(
      { type: 'ReserveUsername', data: { userId, at, from } },
      holder,
    );
    if (isLeft(reserved)) return right(null);
    const written = await write({
      stream: accounts.usernameStream(name),
      expected: expected(revision),
      events: reserved.right,
      context,
    });
    if (isLeft(written)) return written;
    return right(written.right ? userId : undefined);
  };

  return async (claim) => {
    for (let attempts = 0; attempts < ATTEMPTS_MAX; attempts += 1) {
      const outcome = await attempt(claim);
      if (isLeft(outcome)) return outcome;
      if (outcome.right !== undefined) return right(outcome.right);
    }
    return left({ type: 'Conflict' });
  };
};
