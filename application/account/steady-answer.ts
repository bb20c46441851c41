/** Waits that many milliseconds. */
export type Pause = (ms: number) => Promise<void>;

/**
 * Answers only at whole multiples of a step after the start, so that an answer's time does not tell which way the work
 * went: a name that is free takes two writes more than one that is taken.
 */
export const steadily =
  ({
    stepMs,
    elapsed,
    pause,
  }: {
    readonly stepMs: number;
    readonly elapsed: () => number; // Monotonic milliseconds
    readonly pause: Pause;
  }) =>
  async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    const start = elapsed();
    const answer = await work();
    const taken = elapsed() - start;
    await pause(Math.max(1, Math.ceil(taken / stepMs)) * stepMs - taken);
    return answer;
  };
export type Steadily = ReturnType<typeof steadily>;
