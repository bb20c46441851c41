import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { noon } from '../../domain/shared/testing/samples.ts';
import { type Position } from '../event-store/event-log.ts';
import { createDestroyDeleted } from './destroy-deleted.ts';

const positionNo = (n: number) => String(n).padStart(20, '0') as Position;
const GRACE_SECS = 60;

describe('the keys of what was deleted', () => {
  const run = (ages: readonly number[]) => {
    let now = noon as number;
    let at: Position | null = null;
    const destroyed: string[] = [];
    let fails = false;
    const rows = ages.map((age, index) => ({
      position: positionNo(index + 1),
      scope: `message:${index + 1}`,
      deletedAt: (noon - age) as Timestamp,
    }));
    const destroyDeleted = createDestroyDeleted({
      start: positionNo(0),
      deleted: (after, limit) =>
        Promise.resolve(rows.filter(({ position }) => position > after).slice(0, limit)),
      progress: {
        read: () => Promise.resolve(at),
        write: (position) => {
          at = position;
          return Promise.resolve();
        },
      },
      keys: {
        destroy: (scope) => {
          if (fails) return Promise.reject(new Error('away'));
          destroyed.push(scope);
          return Promise.resolve();
        },
      },
      clock: { now: () => now as Timestamp },
      limits: { erasureGraceSecs: GRACE_SECS },
    });
    return {
      destroyDeleted,
      destroyed,
      wait: (ms: number) => (now += ms),
      fail: (whether: boolean) => (fails = whether),
    };
  };
  const GRACE = GRACE_SECS * 1_000;

  it('are destroyed at the end of the grace, not before, and once', async () => {
    const { destroyDeleted, destroyed, wait } = run([GRACE, GRACE - 1]);
    expect(await destroyDeleted()).toBe(1);
    expect(destroyed).toEqual(['message:1']);
    wait(1);
    expect(await destroyDeleted()).toBe(1);
    wait(GRACE);
    expect(await destroyDeleted()).toBe(0);
    expect(destroyed).toEqual(['message:1', 'message:2']);
  });

  it('are none of them forgotten when times and order differ', async () => {
    const { destroyDeleted, destroyed, wait } = run([GRACE, GRACE - 5, GRACE, GRACE]);
    await destroyDeleted();
    expect(destroyed).toEqual(['message:1']);
    wait(5);
    await destroyDeleted();
    expect(destroyed).toHaveLength(4);
  });

  it('are all destroyed however many there are', async () => {
    const { destroyDeleted, destroyed } = run(Array.from({ length: 1_201 }, () => GRACE));
    expect(await destroyDeleted()).toBe(1_201);
    expect(new Set(destroyed).size).toBe(1_201);
  });

  it('are tried again when the vault was away', async () => {
    const { destroyDeleted, destroyed, fail } = run([GRACE]);
    fail(true);
    await expect(destroyDeleted()).rejects.toThrow('away');
    fail(false);
    expect(await destroyDeleted()).toBe(1);
    expect(destroyed).toEqual(['message:1']);
  });
});
