// Receipts as the log keeps them, newest first, read backwards a page at a time.
import { isLeft } from 'fp-ts/lib/Either.js';
import { type EventLog, type Position } from '../../application/event-store/event-log.ts';
import { ErasureReceipted } from '../../domain/operations/erasure-events.ts';
import { receiptOfEvent, type ErasureReceipt } from './receipt.ts';

const PAGE = 100;

/** At most `limit` receipts; of one person with `userId`, the one at a position with `at`. */
export const readReceipts = async (
  log: Pick<EventLog, 'readStream'>,
  {
    limit,
    userId,
    at,
  }: { readonly limit: number; readonly userId?: string; readonly at?: Position },
): Promise<readonly ErasureReceipt[]> => {
  const found: ErasureReceipt[] = [];
  let from: number | undefined;
  for (;;) {
    const range = { backwards: true, limit: PAGE };
    const page = await log.readStream('log', from === undefined ? range : { ...range, from });
    for (const { type, position, payload } of page) {
      if (type !== 'ErasureReceipted' || (at !== undefined && position !== at)) continue;
      const data = ErasureReceipted.data.decode(JSON.parse(payload));
      if (isLeft(data)) throw new Error(`The receipt at ${position} can't be read.`);
      if (userId !== undefined && data.right.userId !== userId) continue;
      found.push(receiptOfEvent(data.right));
      if (found.length === limit) return found;
    }
    const oldest = page.at(-1)?.revision ?? 0;
    if (page.length < PAGE || oldest === 0) return found;
    from = oldest - 1;
  }
};
