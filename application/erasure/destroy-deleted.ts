// Destroys the keys of what was deleted, once its grace has passed: from then on nothing opens the text, in no copy of
// the log. Until then an operator may undo the deletion, so each is looked up in the log itself right before, while no undo
// is under way: the list of what was deleted may be behind.
import { type ContentKeys } from '../blob/content-keys.ts';
import { type Position } from '../event-store/event-log.ts';
import { type ErasureLock } from './erasure-lock.ts';
import { type Limits } from '../limits.ts';
import { type Clock } from '../ports.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';

/** What was deleted after a position, in the order of the log. */
export type DeletedScopes = (
  after: Position,
  limit: number,
) => Promise<
  readonly { readonly position: Position; readonly scope: string; readonly deletedAt: Timestamp }[]
>;

/** Up to where keys are destroyed. Forgetting it does no harm: destroying a key twice is destroying it. */
export type ErasureProgress = {
  readonly read: () => Promise<Position | null>;
  readonly write: (position: Position) => Promise<void>;
};

/** Whether what a key belongs to is deleted by the word of the log, and was not restored since. */
export type IsDeleted = (scope: string) => Promise<boolean>;

type Ports = {
  readonly start: Position; // Of the log
  readonly deleted: DeletedScopes;
  readonly progress: ErasureProgress;
  readonly isDeleted: IsDeleted;
  readonly alone: ErasureLock;
  readonly keys: Pick<ContentKeys, 'destroy'>;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'erasureGraceSecs'>;
};

const PAGE = 500;

/**
 * One round, in the order of the log; resolves with how many keys it saw to, counting those that were gone already. None
 * while an undo is under way: the next round sees to them.
 */
export const createDestroyDeleted = (ports: Ports) => async (): Promise<number> =>
  (await ports.alone(() => destroyDue(ports))) ?? 0;

const destroyDue = async (ports: Ports): Promise<number> => {
  const { start, deleted, progress, keys, isDeleted, clock, limits } = ports;
  const until = clock.now() - limits.erasureGraceSecs * 1_000;
  let after = (await progress.read()) ?? start;
  let destroyed = 0;
  for (;;) {
    const page = await deleted(after, PAGE);
    // Up to the first that is not due: one that is passed over would be forgotten.
    const notDue = page.findIndex(({ deletedAt }) => deletedAt > until);
    const due = notDue === -1 ? page : page.slice(0, notDue);
    for (const { scope } of due) {
      if (!(await isDeleted(scope))) continue;
      await keys.destroy(scope);
      destroyed += 1;
    }
    const last = due.at(-1);
    if (last !== undefined) await progress.write(last.position);
    if (last === undefined || due.length < PAGE) return destroyed;
    after = last.position;
  }
};
