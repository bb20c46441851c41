// How every command on an existing stream runs: state → authorize → decide → append at the revision decided on.
import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { type Decider } from '../domain/shared/decider.ts';
import { type FoldedStreams } from './access/folded-streams.ts';
import { type DomainEvent } from './event-store/event-catalogue.ts';
import {
  type AppendFailure,
  type IdempotencyReservation,
  type Position,
  type VaultWrite,
} from './event-store/event-log.ts';
import { type CommandContext, type EventStore } from './event-store/event-store.ts';
import { NOT_FOUND, type Failure } from './failure.ts';
import { type Turns } from './turns.ts';

const ATTEMPTS_MAX = 3;

const CONFLICT: Failure = { type: 'Conflict' };
const UNAVAILABLE: Failure = { type: 'Unavailable', retryAfterSecs: 1 };

type Execution<Command, State, Event extends DomainEvent, Rejection> = {
  readonly decider: Decider<Command, State, Event, Rejection>;
  readonly states: FoldedStreams<State>;
  readonly stream: string;
  /** Who may and what exists, over the state that is decided on. Asked again at each attempt. */
  readonly prepare: (state: State) => Promise<Either<Failure, Command>>;
  readonly refuse: (rejection: Rejection) => Failure;
  readonly context: CommandContext;
  /** What goes to the vault together with these events. */
  readonly vaultOf?: ((events: readonly Event[]) => readonly VaultWrite[]) | undefined;
  /** A function where the answer that a repeat is given depends on what was decided. */
  readonly idempotency?:
    IdempotencyReservation | (() => IdempotencyReservation | undefined) | undefined;
};

type Executed<State, Event> =
  | {
      readonly type: 'Executed';
      readonly state: State; // After the events
      readonly events: readonly Event[]; // None when all was already as asked
      readonly eventIds: readonly string[];
      readonly position: Position | null; // Null without events
    }
  /** The same request was done before; `result` is what it left. */
  | { readonly type: 'AlreadyDone'; readonly result: string; readonly position: Position };

export type Execute = <Command, State, Event extends DomainEvent, Rejection>(
  execution: Execution<Command, State, Event, Rejection>,
) => Promise<Either<Failure, Executed<State, Event>>>;

/**
 * What an earlier request under the same key left. The log itself recognises a repeat that appends; this is for one that
 * finds all done, or its object gone, because the first was carried out.
 */
export type FindEarlier = (
  reservation: IdempotencyReservation,
) => Promise<Extract<
  AppendFailure,
  { readonly type: 'AlreadyDone' | 'IdempotencyKeyReused' }
> | null>;

/** What an append that failed for good means to the client. */
export const appendFailure = (
  failure: Exclude<AppendFailure, { readonly type: 'AlreadyDone' }>,
): Failure => {
  switch (failure.type) {
    case 'WrongExpectedRevision':
      return CONFLICT;
    case 'IdempotencyKeyReused':
      return { type: 'IdempotencyKeyReused' };
    case 'Erased':
      return NOT_FOUND; // What the text was to be part of is gone.
    case 'LogUnavailable':
      return UNAVAILABLE;
  }
};

/** The answer of a command that appends nothing, unless the same request was carried out before. */
const unlessRepeated = async <State, Event>(
  answer: Either<Failure, Executed<State, Event>>,
  findEarlier: FindEarlier,
  reservation: IdempotencyReservation | undefined,
): Promise<Either<Failure, Executed<State, Event>>> => {
  const earlier = reservation === undefined ? null : await findEarlier(reservation);
  if (earlier === null) return answer;
  return earlier.type === 'AlreadyDone' ? right(earlier) : left(appendFailure(earlier));
};

/** Makes the runner of commands. `newEventId` makes UUIDs. */
export const createExecute = ({
  store,
  turns,
  newEventId,
  findEarlier = () => Promise.resolve(null),
}: {
  readonly store: Pick<EventStore, 'append'>;
  readonly turns: Turns;
  readonly newEventId: () => string;
  readonly findEarlier?: FindEarlier;
}): Execute => {
  /** One attempt; null when another command was faster. */
  const attempt = async <Command, State, Event extends DomainEvent, Rejection>({
    decider,
    states,
    stream,
    prepare,
    refuse,
    context,
    vaultOf,
    idempotency,
  }: Execution<Command, State, Event, Rejection>): Promise<Either<
    Failure,
    Executed<State, Event>
  > | null> => {
    const { state, revision } = await states.get(stream);
    const command = await prepare(state);
    if (isLeft(command)) return command;
    const decided = decider.decide(command.right, state);
    const reservation = typeof idempotency === 'function' ? idempotency() : idempotency;
    if (isLeft(decided))
      return unlessRepeated(left(refuse(decided.left)), findEarlier, reservation);
    const events = decided.right;
    if (events.length === 0) {
      const nothing = { type: 'Executed', state, events, eventIds: [], position: null } as const;
      return unlessRepeated(right(nothing), findEarlier, reservation);
    }
    const eventIds = events.map(newEventId);
    const appended = await store.append({
      stream,
      expected: revision === -1 ? 'no_stream' : revision,
      events,
      eventIds,
      context,
      ...(vaultOf && { vault: vaultOf(events) }),
      ...(reservation && { idempotency: reservation }),
    })();
    if (isLeft(appended)) {
      // Also after a deadline, when nobody knows what was written: the log must be asked again.
      states.forget(stream);
      if (appended.left.type === 'WrongExpectedRevision') return null;
      if (appended.left.type === 'AlreadyDone') return right(appended.left);
      return left(appendFailure(appended.left));
    }
    const { firstRevision, position } = appended.right;
    // At once, so that the next command of this process sees it without waiting for the log to come round.
    events.forEach((event, index) => states.apply(stream, firstRevision + index, event));
    const after = events.reduce(decider.evolve, state);
    return right({ type: 'Executed', state: after, events, eventIds, position });
  };

  return async (execution) => {
    const run = turns.take(execution.stream, async () => {
      for (let attempts = 0; attempts < ATTEMPTS_MAX; attempts += 1) {
        const outcome = await attempt(execution);
        if (outcome !== null) return outcome;
      }
      return left(CONFLICT);
    });
    return run ?? left(UNAVAILABLE);
  };
};
