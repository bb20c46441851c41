// Destroys the keys of what was deleted, once its grace has passed: from then on nothing opens the text, in no copy of
// the log. Until then an operator may undo the deletion, so each is looked up in the log itself right before, while no undo
// is under way: the list of what was deleted may be behind.
import { type ContentKeys } from '../blob/content-keys.ts';
import { type Position } from '../event-store/event-log.ts';
import { type ErasureLock } from './erasure-lock.ts';
import { type Limits } from '../limits.ts';
import { type Clock } from '../ports.ts';
import { type ReceiptWish, type ScopeDigest } from './carry-out.ts';
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
  readonly newDigest: () => ScopeDigest;
  readonly receipt: (wish: ReceiptWish) => Promise<unknown>;
  readonly newUuid: () => string;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'erasureGraceSecs'>;
};

const PAGE = 500;

type Deleted = Awaited<ReturnType<DeletedScopes>>;

/** One receipt for a page: one for each message would make the log as long again. Written twice after a crash in between. */
const receiptFor = async ({ newDigest, receipt, newUuid }: Ports, due: Deleted): Promise<void> => {
  const [first, last] = [due[0], due.at(-1)];
  if (first === undefined || last === undefined) return;
  const digest = newDigest();
  for (const { scope } of due) digest.add(scope);
  const attachments = due.filter(({ scope }) => scope.startsWith('attachment:')).length;
  const counts = { accounts: 0, messages: due.length - attachments, attachments, pictures: 0 };
  await receipt({
    ...{ userId: null, first: first.position, last: last.position },
    destroyed: { ...counts, root: digest.root() },
    context: { actor: 'system', correlationId: newUuid() },
  });
};

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
    const gone: Deleted[number][] = [];
    for (const each of due) {
      if (!(await isDeleted(each.scope))) continue;
      await keys.destroy(each.scope);
      gone.push(each);
    }
    await receiptFor(ports, gone);
    destroyed += gone.length;
    const last = due.at(-1);
    if (last !== undefined) await progress.write(last.position);
    if (last === undefined || due.length < PAGE) return destroyed;
    after = last.position;
  }
};
