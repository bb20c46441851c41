// A receipt says which seal there was. Kept where whoever changes the log can't reach, it shows a log that was cut short.
import { join } from 'node:path';
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { readSecretFile, replaceSecretFile } from '../secrets/secret-file.ts';
import { type LastSeal } from './last-seal.ts';

const Receipt = t.strict({
  filament_seal: t.literal(1),
  installation: t.string,
  position: t.string, // Of the seal itself
  sealed_to: t.string, // Of the last event that it covers
  hash: t.string,
  key: t.string,
  at: t.number, // Unix ms
});
export type Receipt = t.TypeOf<typeof Receipt>;

export const receiptOf = ({ installation, position, last, hash, key, at }: LastSeal): Receipt => ({
  ...{ filament_seal: 1, installation, position, sealed_to: last, hash, key, at },
});

/** Null for anything else than a receipt. */
export const parseReceipt = (text: string): Receipt | null => {
  try {
    const receipt = Receipt.decode(JSON.parse(text));
    return isLeft(receipt) ? null : receipt.right;
  } catch {
    return null;
  }
};

const receiptFile = (secretFolder: string): string => join(secretFolder, 'last-seal');

/** The receipt of the last seal that this data directory made, kept apart from the database. */
export const readKeptReceipt = async (secretFolder: string): Promise<Receipt | null> => {
  const text = await readSecretFile(receiptFile(secretFolder));
  return text === null ? null : parseReceipt(text);
};

export const keepReceipt = (secretFolder: string, seal: LastSeal): Promise<void> =>
  replaceSecretFile(receiptFile(secretFolder), JSON.stringify(receiptOf(seal)));
