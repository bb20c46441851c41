import { steadily } from './steady-answer.ts';

it.each([
  [0, 100],
  [1, 100],
  [100, 100],
  [101, 200],
  [250, 300],
])('answers work of %d ms after %d ms', async (took, answered) => {
  let now = 5;
  const answerSteadily = steadily({
    stepMs: 100,
    elapsed: () => now,
    pause: (ms) => {
      now += ms;
      return Promise.resolve();
    },
  });
  const answer = await answerSteadily(() => {
    now += took;
    return Promise.resolve('done');
  });
  expect([answer, now - 5]).toEqual(['done', answered]);
});
