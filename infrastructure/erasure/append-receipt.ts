import { isLeft } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { type ReceiptWish } from '../../application/erasure/carry-out.ts';
import { ErasureInterrupted } from '../../application/erasure/what-is-theirs.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { type Clock } from '../../application/ports.ts';
import { type SigningKeys } from '../seals/signing-keys.ts';
import { receiptOfEvent, REMAINS, signedErasure } from './receipt.ts';

type Ports = {
  readonly store: Pick<EventStore, 'append'>;
  readonly keys: Pick<SigningKeys, 'read'>;
  readonly installation: string;
  readonly clock: Clock;
};

/** Makes what signs receipts and has the log keep them, in the stream of operators' acts. */
export const createAppendReceipt =
  ({ store, keys, installation, clock }: Ports) =>
  async ({ userId, first, last, destroyed, context }: ReceiptWish): Promise<Position> => {
    const key = (await keys.read()).at(-1);
    if (key === undefined) throw new Error('The file of signing keys is never empty.');
    const unsigned = {
      ...{ installation, userId, first, last, root: destroyed.root, remains: REMAINS },
      accounts: destroyed.accounts as t.Int,
      messages: destroyed.messages as t.Int,
      attachments: destroyed.attachments as t.Int,
      pictures: destroyed.pictures as t.Int,
      ...{ at: clock.now(), key: key.publicKey },
    };
    const signature = key.sign(signedErasure(receiptOfEvent({ ...unsigned, signature: '' })));
    const appended = await store.append({
      ...{ stream: 'log', expected: 'any' },
      events: [{ type: 'ErasureReceipted', data: { ...unsigned, signature } }],
      context,
    })();
    if (isLeft(appended))
      throw new ErasureInterrupted(`The receipt was not taken: ${appended.left.type}.`);
    return appended.right.position;
  };
