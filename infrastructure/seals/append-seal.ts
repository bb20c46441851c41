// One seal: signed and appended, if nobody else was first.
import { setTimeout as delay } from 'node:timers/promises';
import { isRight } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { type EventLog, type Position } from '../../application/event-store/event-log.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { type Clock } from '../../application/ports.ts';
import { findLastSeal, SEAL_STREAM, type LastSeal } from './last-seal.ts';
import { signedBytes, type SealedRange } from './seal-format.ts';
import { type SigningKey, type SigningKeys } from './signing-keys.ts';

export type SealPorts = {
  readonly eventLog: Pick<EventLog, 'start' | 'readStream'>;
  readonly store: Pick<EventStore, 'append'>;
  readonly keys: SigningKeys;
  readonly installation: string;
  readonly clock: Clock;
  readonly newUuid: () => string;
  readonly onError?: (error: unknown) => void; // Told of what is tried again
};

/** Events without a seal so far, all that come after `after`. */
export type Unsealed = {
  readonly after: Position;
  readonly first: Position;
  readonly last: Position;
  readonly events: number;
  readonly root: string;
};

const RETRY_MS = 500;

// A new key signs only after a seal signed with the old one has announced it, so that whoever trusts the first key can
// follow. Where the old key is lost, the new one signs unannounced, and the verifier says that nobody vouches for it.
const signerAfter = (
  last: LastSeal | null,
  keys: readonly SigningKey[],
): { readonly signer: SigningKey; readonly nextKey: string | null } => {
  const newest = keys.at(-1);
  if (newest === undefined) throw new Error('The file of signing keys is never empty.');
  const { publicKey } = newest;
  const known = last === null || last.key === publicKey || last.nextKey === publicKey;
  const old = known ? undefined : keys.find((key) => key.publicKey === last.key);
  return old === undefined
    ? { signer: newest, nextKey: null }
    : { signer: old, nextKey: publicKey };
};

const append = async (
  { store, installation, clock, newUuid, keys, eventLog }: SealPorts,
  { after, first, last, events, root }: Unsealed,
  actor: string,
): Promise<'sealed' | 'overtaken' | 'again'> => {
  const { seal, expected } = await findLastSeal(eventLog);
  if (seal !== null && seal.last === last && seal.root === root) return 'sealed'; // Its answer was lost.
  if ((seal?.last ?? eventLog.start) !== after) return 'overtaken';
  const { signer, nextKey } = signerAfter(seal, await keys.read());
  const place = { first, last, events: events as t.Int, root, previous: seal?.hash ?? null };
  const range = { installation, ...place, key: signer.publicKey, nextKey, at: clock.now() };
  const data = { ...range, signature: signer.sign(signedBytes(range satisfies SealedRange)) };
  const appended = await store.append({
    ...{ stream: SEAL_STREAM, expected, events: [{ type: 'LogSealed', data }] },
    context: { actor, correlationId: newUuid() },
  })();
  return isRight(appended) ? 'sealed' : 'again';
};

/**
 * Seals these events. `overtaken`: another process sealed up to somewhere else first, and these must be gathered anew;
 * `stopped`: the signal came before it was done. Other acts in the same stream and a log that is away are waited out.
 */
export const appendSeal = async (
  ports: SealPorts,
  unsealed: Unsealed,
  { signal, actor = 'system' }: { readonly signal: AbortSignal; readonly actor?: string },
): Promise<'sealed' | 'overtaken' | 'stopped'> => {
  for (;;) {
    const outcome = await append(ports, unsealed, actor).catch((error: unknown) => {
      ports.onError?.(error);
      return 'again' as const;
    });
    if (outcome !== 'again') return outcome;
    if (signal.aborted) return 'stopped';
    await delay(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
};
