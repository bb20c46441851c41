// Random bytes for salts and initialisation vectors, asked of the system a few thousand at a time: at full rate a system
// call for every dozen bytes was a twentieth of the server's time. No byte is ever given out twice.
import { randomBytes } from 'node:crypto';

const POOL_BYTES = 8192;

let pool = Buffer.alloc(0);
let given = 0;

/** Cryptographically strong random bytes, at most 8,192. */
export const pooledRandomBytes = (count: number): Buffer => {
  if (given + count > pool.length) {
    pool = randomBytes(POOL_BYTES);
    given = 0;
  }
  given += count;
  return pool.subarray(given - count, given);
};
