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
  const elsewhere: RepeatedReaction[] = [];
  const note = (list: RepeatedReaction[]) => (each: RepeatedReaction) => {
    list.push(each);
    return Promise.resolve();
  };
  const toldBy = () => repeats.toldBy(note(told), note(elsewhere));
  return { repeats, told, elsewhere, toldBy, failures };
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
  const away = () => Promise.reject(new Error('away'));
  repeats.toldBy(away, () => Promise.resolve());
  repeats.tellAgain(repeat);
  await settled();
  toldBy();
  repeats.tellAgain(repeat);
  await settled();
  expect(failures).toHaveLength(1);
  expect(told).toEqual([repeat]);
});

it('tells other processes at once, whatever becomes of it here, and does not tell them of theirs', async () => {
  const { repeats, told, elsewhere, toldBy } = open(Promise.resolve(false));
  toldBy();
  repeats.tellAgain(repeat);
  await settled();
  expect([told, elsewhere]).toEqual([[], [repeat]]);
  const ready = open(Promise.resolve(true));
  ready.toldBy();
  ready.repeats.tellOfElsewhere(() => Promise.resolve(repeat));
  ready.repeats.tellOfElsewhere(() => Promise.resolve(null));
  await settled();
  expect([ready.told, ready.elsewhere]).toEqual([[repeat], []]);
});

it('tells of elsewhere as many as may wait, and no more', async () => {
  let opened = 0;
  const { repeats, told, toldBy } = open(Promise.resolve(true));
  toldBy();
  let letGo: () => void = () => {};
  const held = new Promise<RepeatedReaction>((resolve) => (letGo = () => resolve(repeat)));
  for (let n = 0; n < REPEATS_WAITING_MAX + 1; n += 1)
    repeats.tellOfElsewhere(() => {
      opened += 1;
      return held;
    });
  repeats.tellAgain(repeat);
  letGo();
  await settled();
  expect([opened, told.length]).toEqual([REPEATS_WAITING_MAX, REPEATS_WAITING_MAX]);
});
