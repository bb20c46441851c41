import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { type Decider } from '../decider.ts';

/** Given past events, when a command comes, then these events or this rejection: the only way a decider is tested. */
export const specFor = <C, S, E, R>(decider: Decider<C, S, E, R>) => ({
  given: (...past: readonly E[]) => ({
    when: (command: C) => {
      const outcome = () =>
        decider.decide(command, past.reduce(decider.evolve, decider.initialState));
      return {
        thenEmits: (...events: readonly E[]) => {
          const decided = outcome();
          expect(isRight(decided) ? decided.right : decided).toEqual(events);
        },
        thenRejects: (rejection: R) => {
          const decided = outcome();
          expect(isLeft(decided) ? decided.left : decided).toEqual(rejection);
        },
      };
    },
  }),
});
