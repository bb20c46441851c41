import { hkdfSync } from 'node:crypto';

/** One key per use, so that nothing made for one use is ever valid in another. A name here is fixed for ever. */
export type SubkeyPurpose =
  'data-keys' | 'refresh-tokens' | 'username-streams' | 'installation-id' | 'ip-addresses';

/** Derives a 32-byte key for one purpose from the master key. */
export const subkey = (masterKey: Buffer, purpose: SubkeyPurpose): Buffer =>
  Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), `filament ${purpose} v1`, 32));
