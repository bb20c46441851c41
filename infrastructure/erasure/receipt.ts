// A receipt says which keys were destroyed, signed by the notary's key. docs/erasure.md has the format to the byte, so that
// anyone can check one without this program.
import { createHash } from 'node:crypto';
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { type ScopeDigest } from '../../application/erasure/carry-out.ts';
import { type Recorded } from '../../application/event-store/event-store.ts';
import { Timestamp } from '../../domain/shared/timestamp.ts';
import { createTree, encode, isSignedBy } from '../seals/seal-format.ts';

type Told = Extract<Recorded, { readonly type: 'ErasureReceipted' }>['data'];

const Count = t.refinement(t.Int, (count) => count >= 0, 'Count');

export const ErasureReceipt = t.strict({
  filament_erasure: t.literal(1),
  installation: t.string,
  user_id: t.union([t.string, t.null]),
  first: t.string,
  last: t.string,
  keys: t.strict({ account: Count, message: Count, attachment: Count, picture: Count }),
  root: t.string,
  remains: t.string,
  at: Timestamp,
  key: t.string,
  signature: t.string,
});
export type ErasureReceipt = t.TypeOf<typeof ErasureReceipt>;

/** What every receipt says of what it can't speak for. */
export const REMAINS =
  'Destroyed salts, names and search words may stand in dead pages and the write-ahead log of the database until these are reused or scrubbed; backups of the vault from before hold the keys until they are deleted, and a restore applies the lists of destroyed keys.';

/** What the signature is made over. */
export const signedErasure = (receipt: Omit<ErasureReceipt, 'signature'>): Buffer => {
  const { installation, user_id, first, last, keys, root, remains, at, key } = receipt;
  const { account, message, attachment, picture } = keys;
  const counts = [account, message, attachment, picture].map(String);
  const texts = [installation, user_id, first, last, ...counts, root, remains, String(at), key];
  return encode(2, ['filament erasure 1', ...texts]);
};

export const receiptOfEvent = (data: Told): ErasureReceipt => ({
  filament_erasure: 1,
  installation: data.installation,
  user_id: data.userId,
  first: data.first,
  last: data.last,
  keys: {
    ...{ account: data.accounts, message: data.messages },
    ...{ attachment: data.attachments, picture: data.pictures },
  },
  root: data.root,
  remains: data.remains,
  at: data.at,
  key: data.key,
  signature: data.signature,
});

/** Null for anything else than a receipt. */
export const parseErasureReceipt = (text: string): ErasureReceipt | null => {
  try {
    const receipt = ErasureReceipt.decode(JSON.parse(text));
    return isLeft(receipt) ? null : receipt.right;
  } catch {
    return null;
  }
};

/** Whether it is signed by the key that it names; whose key that is has to be known from elsewhere. */
export const isReceiptSigned = ({ signature, ...receipt }: ErasureReceipt): boolean =>
  isSignedBy(receipt.key, signedErasure(receipt), signature);

/** The Merkle tree hash of RFC 6962 over scopes; of none, the hash of nothing. */
export const createScopeDigest = (): ScopeDigest => {
  const tree = createTree();
  return {
    add: (scope) => tree.add(createHash('sha256').update('\0').update(scope).digest('hex')),
    root: () => tree.root() || createHash('sha256').digest('hex'),
  };
};
