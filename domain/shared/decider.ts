import { type Either } from 'fp-ts/lib/Either.js';

/**
 * The rules of one aggregate: `decide` turns a command and the state into events or a rejection, `evolve` folds an event
 * into the state. Both are pure and total.
 */
export type Decider<Command, State, Event, Rejection> = {
  readonly initialState: State;
  readonly decide: (command: Command, state: State) => Either<Rejection, readonly Event[]>;
  readonly evolve: (state: State, event: Event) => State;
};
