import { createCircuitBreaker } from './circuit-breaker.ts';

const setUp = () => {
  let time = 0;
  const breaker = createCircuitBreaker({ now: () => time });
  const fail = (times: number) => Array.from({ length: times }).forEach(() => breaker.failed());
  return { breaker, fail, pass: (ms: number) => (time += ms) };
};

it('asks on after failures that are not in a row', () => {
  const { breaker, fail } = setUp();
  fail(2);
  breaker.succeeded();
  fail(2);
  expect([breaker.admits(), breaker.waitMs()]).toEqual([true, 0]);
});

it('stops asking after three in a row, and lets one look after a pause', () => {
  const { breaker, fail, pass } = setUp();
  fail(3);
  expect([breaker.admits(), breaker.waitMs()]).toEqual([false, 500]);
  pass(499);
  expect(breaker.admits()).toBe(false);
  pass(1);
  expect([breaker.admits(), breaker.admits()]).toEqual([true, false]);
});

it('waits longer each time nothing has changed, but never longer than 15 s', () => {
  const { breaker, fail, pass } = setUp();
  fail(3);
  const waits = Array.from({ length: 8 }, () => {
    pass(breaker.waitMs());
    breaker.admits();
    breaker.failed();
    return breaker.waitMs();
  });
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000]);
});

it('is whole again after one success', () => {
  const { breaker, fail, pass } = setUp();
  fail(5);
  pass(breaker.waitMs());
  breaker.admits();
  breaker.succeeded();
  fail(2);
  expect(breaker.admits()).toBe(true);
});
