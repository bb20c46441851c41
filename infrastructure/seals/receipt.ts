// A receipt says which seal there was. Kept where whoever changes the log can't reach, it shows a log that was cut short.
import { join } from 'node:path';
import { replaceSecretFile } from '../secrets/secret-file.ts';
import { type LastSeal } from './last-seal.ts';

type Receipt = {
  readonly filament_seal: 1;
  readonly installation: string;
  readonly position: string; // Of the seal itself
  readonly sealed_to: string; // Of the last event that it covers
  readonly hash: string;
  readonly key: string;
  readonly at: number; // Unix ms
};

const receiptOf = ({ installation, position, last, hash, key, at }: LastSeal): Receipt => ({
  ...{ filament_seal: 1, installation, position, sealed_to: last, hash, key, at },
});

const receiptFile = (secretFolder: string): string => join(secretFolder, 'last-seal');

export const keepReceipt = (secretFolder: string, seal: LastSeal): Promise<void> =>
  replaceSecretFile(receiptFile(secretFolder), JSON.stringify(receiptOf(seal)));
