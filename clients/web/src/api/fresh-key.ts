const KEY_BYTES = 16;

/**
 * A key nobody else has, for Idempotency-Key. `crypto.randomUUID` exists in secure contexts only, and people do try a
 * server of their own over plain HTTP first.
 */
export const freshKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(KEY_BYTES))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
