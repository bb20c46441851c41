import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { noon } from '../../domain/shared/testing/samples.ts';
import { type Position } from '../event-store/event-log.ts';
import { type ReceiptWish } from './carry-out.ts';
import { createDestroyDeleted } from './destroy-deleted.ts';

const positionNo = (n: number) => String(n).padStart(20, '0') as Position;
const GRACE_SECS = 60;

describe('the keys of what was deleted', () => {
  const run = (ages: readonly number[]) => {
    let now = noon as number;
    let at: Position | null = null;
    const destroyed: string[] = [];
    const receipts: ReceiptWish[] = [];
    let fails = false;
    let isUndoing = false;
    const restored = new Set<string>();
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
      isDeleted: (scope) => Promise.resolve(!restored.has(scope)),
      alone: async (work) => (isUndoing ? null : work()),
      clock: { now: () => now as Timestamp },
      limits: { erasureGraceSecs: GRACE_SECS },
      newDigest: () => {
        const scopes: string[] = [];
        return { add: (scope) => scopes.push(scope), root: () => scopes.join(' ') };
      },
      receipt: (wish) => {
        receipts.push(wish);
        return Promise.resolve();
      },
      newUuid: () => 'a uuid',
    });
    return {
      destroyDeleted,
      destroyed,
      receipts,
      wait: (ms: number) => (now += ms),
      restore: (scope: string) => restored.add(scope),
      undo: (whether: boolean) => (isUndoing = whether),
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

  it('are kept of what the log says was restored, however late the list of deletions is', async () => {
    const { destroyDeleted, destroyed, restore } = run([GRACE, GRACE]);
    restore('message:1');
    expect(await destroyDeleted()).toBe(1);
    expect(destroyed).toEqual(['message:2']);
  });

  it('wait for the end of an undo', async () => {
    const { destroyDeleted, destroyed, undo } = run([GRACE]);
    undo(true);
    expect(await destroyDeleted()).toBe(0);
    expect(destroyed).toEqual([]);
    undo(false);
    expect(await destroyDeleted()).toBe(1);
  });

  it('leave one receipt for a page, that names what kinds there were', async () => {
    const { destroyDeleted, receipts } = run(Array.from({ length: 501 }, () => GRACE));
    await destroyDeleted();
    expect(receipts).toMatchObject([
      { userId: null, first: positionNo(1), last: positionNo(500), destroyed: { messages: 500 } },
      { first: positionNo(501), last: positionNo(501), destroyed: { root: 'message:501' } },
    ]);
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
