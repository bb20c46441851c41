import { type RepeatedReaction } from '../../application/message/react-to-message.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { createRepeatedReactions, REPEATS_WAITING_MAX } from './repeated-reactions.ts';

const repeat = { operation: 'add', emoji: '🎉' } as RepeatedReaction;
const settled = () => new Promise(setImmediate);

const open = (isReached: Promise<boolean>) => {
  const told: RepeatedReaction[] = [];
  const failures: unknown[] = [];
  const repeats = createRepeatedReactions({
    head: () => Promise.resolve('7' as Position),
    readPosition: { waitFor: () => isReached },
    log: { warn: (line: unknown) => void failures.push(line) },
  });
  const toldBy = () =>
    repeats.toldBy((each) => {
      told.push(each);
      return Promise.resolve();
    });
  return { repeats, told, toldBy, failures };
};

it('tells as many as may wait, and no more', async () => {
  let reach: (isReached: boolean) => void = () => {};
  const { repeats, told, toldBy } = open(new Promise((resolve) => (reach = resolve)));
  toldBy();
  for (let n = 0; n < REPEATS_WAITING_MAX + 1; n += 1) repeats.tellAgain(repeat);
  await settled();
  expect(told).toHaveLength(0); // What was before it is not told yet.
  reach(true);
  await settled();
  expect(told).toHaveLength(REPEATS_WAITING_MAX);
  repeats.tellAgain(repeat);
  await settled();
  expect(told).toHaveLength(REPEATS_WAITING_MAX + 1);
});

it('tells nothing when the read models do not come that far, or nobody can tell', async () => {
  const late = open(Promise.resolve(false));
  late.toldBy();
  late.repeats.tellAgain(repeat);
  const early = open(Promise.resolve(true));
  early.repeats.tellAgain(repeat);
  await settled();
  expect([late.told, early.told]).toEqual([[], []]);
});

it('logs what went wrong, and goes on', async () => {
  const { repeats, told, toldBy, failures } = open(Promise.resolve(true));
  repeats.toldBy(() => Promise.reject(new Error('away')));
  repeats.tellAgain(repeat);
  await settled();
  toldBy();
  repeats.tellAgain(repeat);
  await settled();
  expect(failures).toHaveLength(1);
  expect(told).toEqual([repeat]);
});
