import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { noon } from '../../domain/shared/testing/samples.ts';
import { createSignInLock, FAILURES_MAX, LOCKED_MS } from './sign-in-lock.ts';

const after = (ms: number) => (noon + ms) as Timestamp;

describe('the lock of a name', () => {
  const failing = (times: number, lock = createSignInLock()) => {
    for (let i = 0; i < times; i += 1) lock.failed('ada', noon);
    return lock;
  };

  it('closes at the fifth failure in a row, for this name, for half a minute', () => {
    expect(failing(FAILURES_MAX - 1).isLocked('ada', noon)).toBe(false);
    const lock = failing(FAILURES_MAX);
    expect(lock.isLocked('ada', noon)).toBe(true);
    expect(lock.isLocked('bob', noon)).toBe(false);
    expect(lock.isLocked('ada', after(LOCKED_MS - 1))).toBe(true);
    expect(lock.isLocked('ada', after(LOCKED_MS))).toBe(false);
  });

  it('counts anew after it opened', () => {
    const lock = failing(FAILURES_MAX);
    lock.failed('ada', after(LOCKED_MS));
    expect(lock.isLocked('ada', after(LOCKED_MS))).toBe(false);
  });

  it('forgets failures at a success', () => {
    const lock = failing(FAILURES_MAX - 1);
    lock.succeeded('ada');
    expect(failing(FAILURES_MAX - 1, lock).isLocked('ada', noon)).toBe(false);
  });

  it('remembers a bounded number of names, those that failed last', () => {
    const lock = failing(FAILURES_MAX, createSignInLock({ namesMax: 2 }));
    lock.failed('bob', noon);
    expect(lock.isLocked('ada', noon)).toBe(true);
    lock.failed('eve', noon);
    expect(lock.isLocked('ada', noon)).toBe(false);
  });
});
