import { type MessageId } from '../../../domain/shared/ids.ts';
import { type Acknowledged, compareWithHistory } from './ledger.ts';

const message = (n: number, changes: Partial<Acknowledged> = {}): Acknowledged => ({
  author: 'alice',
  content: `text ${n}`,
  id: `id ${n}` as MessageId,
  beganAt: n * 10,
  answeredAt: n * 10 + 5,
  ...changes,
});
const three = [1, 2, 3].map((n) => message(n));
const [one, two, last] = three as [Acknowledged, Acknowledged, Acknowledged];
const none = { lost: [], doubled: [], renamed: [], reordered: [], unasked: [] };

it('finds no difference where everything stands once and in order', () => {
  expect(compareWithHistory(three, three)).toEqual(none);
});

it('names what is lost, doubled, of another id, or of nobody', () => {
  const other = { ...two, id: 'another' as MessageId };
  expect(compareWithHistory(three, [one, last])).toEqual({ ...none, lost: ['text 2'] });
  expect(compareWithHistory(three, [one, two, last, { ...last, id: one.id }])).toEqual({
    ...none,
    doubled: ['text 3'],
    renamed: ['text 3'],
  });
  expect(compareWithHistory(three, [one, other, last])).toEqual({ ...none, renamed: ['text 2'] });
  expect(compareWithHistory([one], [one, two])).toEqual({ ...none, unasked: ['text 2'] });
});

it('names what stands after a later one, of one author or of two', () => {
  expect(compareWithHistory(three, [two, one, last])).toEqual({ ...none, reordered: ['text 1'] });
  const byBob = message(2, { author: 'bob' });
  expect(compareWithHistory([one, byBob], [byBob, one])).toEqual({
    ...none,
    reordered: ['text 1'],
  });
});

it('lets two that were on their way at the same time stand in either order', () => {
  const slow = message(1, { answeredAt: 100 });
  expect(compareWithHistory([slow, two], [two, slow])).toEqual(none);
});
