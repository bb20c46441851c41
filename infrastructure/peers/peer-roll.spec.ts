import { createPeerRoll, GONE_TICKS, LINGER_TICKS } from './peer-roll.ts';

const open = (max = 2) => {
  const forgotten: string[] = [];
  const roll = createPeerRoll({ max, forget: (peer) => forgotten.push(peer) });
  const tick = (times: number) => {
    for (let n = 0; n < times; n += 1) roll.tick();
  };
  return { ...roll, forgotten, tick };
};

it('forgets who is silent for so long, and not before', () => {
  const { heard, tick, forgotten } = open();
  expect(heard('a')).toBe('new');
  tick(GONE_TICKS - 1);
  expect(heard('a')).toBe('known');
  tick(GONE_TICKS - 1);
  expect(forgotten).toEqual([]);
  tick(1);
  expect(forgotten).toEqual(['a']);
  expect(heard('a')).toBe('new');
});

it('keeps who said goodbye for a while, but for less long', () => {
  const { heard, saidBye, tick, forgotten, size } = open();
  heard('a');
  saidBye('a');
  tick(LINGER_TICKS - 1);
  expect(forgotten).toEqual([]);
  tick(1);
  expect(forgotten).toEqual(['a']);
  saidBye('nobody');
  expect(size()).toBe(0);
});

it('hears as many as it may and no more, until one is gone', () => {
  const { heard, tick, forgotten } = open();
  heard('a');
  tick(1);
  heard('b');
  expect(heard('c')).toBeNull();
  expect(heard('a')).toBe('known');
  tick(GONE_TICKS);
  expect(forgotten).toEqual(['a', 'b']);
  expect(heard('c')).toBe('new');
});
