import { randomUUID } from 'node:crypto';
import { type Clock } from '../../application/ports.ts';

/** Makes UUIDs of version 7 (RFC 9562): they begin with the time, so the index of event ids grows at its end. */
export const createUuidV7 =
  (clock: Clock): (() => string) =>
  () => {
    const time = clock.now().toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
  };
