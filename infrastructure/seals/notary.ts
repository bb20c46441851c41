// The notary follows the log and seals it every so often. Several processes may each have one: a seal is appended only
// after the one it knows as the last, and who comes second begins anew from there.
import { setImmediate as yieldToOthers, setTimeout as delay } from 'node:timers/promises';
import { type EventLog, type Position } from '../../application/event-store/event-log.ts';
import { type Limits } from '../../application/limits.ts';
import { appendSeal, type SealPorts } from './append-seal.ts';
import { findLastSeal, logEventOf, type LastSeal } from './last-seal.ts';
import { createTree, leafHash, sealOf } from './seal-format.ts';

export type NotaryPorts = SealPorts & {
  readonly eventLog: Pick<EventLog, 'start' | 'readStream' | 'subscribe'>;
  readonly limits: Pick<Limits, 'sealEventsMax' | 'sealSecs'>;
  /** Whether this process is the one that seals; without it each does, and who comes second begins anew. */
  readonly onDuty?: () => boolean;
  /** Is given each seal of this process, to keep it where whoever shortens the log can't reach. */
  readonly keep?: (seal: LastSeal) => Promise<void>;
};

export type NotaryState = {
  readonly sealedTo: Position; // Everything up to there is sealed
  readonly sealedAt: number | null; // Unix ms of the last seal
  readonly unsealed: number; // Events, seals among them
  readonly unsealedSecs: number; // Since the oldest of them that is no seal came here; 0 when there is none
};

export type Notary = {
  readonly state: () => NotaryState;
  /** Seals what is left, if that is its duty and as far as the log answers soon. */
  readonly stop: () => Promise<void>;
};

const BATCH_MAX = 200; // A millisecond of hashing: commands wait no longer for their turn.
const TICK_MS = 500;
const REOPEN_MS = 5_000;
const LAST_SEAL_MS = 2_000;

const gatherAfter = (after: Position) => {
  const tree = createTree();
  let [first, last, events] = [after, after, 0];
  let since: number | null = null;
  return {
    after,
    events: () => events,
    /** Null while there is nothing but seals: an idle log must not be sealed for its seals. */
    since: () => since,
    add: (position: Position, leaf: string, isSeal: boolean): void => {
      tree.add(leaf);
      if (events === 0) first = position;
      last = position;
      events += 1;
      if (!isSeal) since ??= performance.now();
    },
    unsealed: () => ({ after, first, last, events, root: tree.root() }),
  };
};

type Sealed = Awaited<ReturnType<typeof appendSeal>>;

/** What a notary has gathered, and how it becomes a seal: one at a time. */
const createSealing = (ports: NotaryPorts) => {
  let gathered = gatherAfter(ports.eventLog.start);
  let sealedAt: number | null = null;
  let sealing: Promise<Sealed> = Promise.resolve('sealed');

  const sealNow = async (signal: AbortSignal): Promise<Sealed> => {
    if (gathered.since() === null) return 'sealed';
    await ports.keys.rotate();
    const unsealed = gathered.unsealed();
    gathered = gatherAfter(unsealed.last);
    const outcome = await appendSeal(ports, unsealed, { signal });
    if (outcome !== 'sealed') return outcome;
    const { seal } = await findLastSeal(ports.eventLog);
    sealedAt = seal?.at ?? null;
    if (seal !== null) await ports.keep?.(seal);
    return 'sealed';
  };
  return {
    begin: async (): Promise<void> => {
      await sealing.catch(() => undefined);
      const { seal } = await findLastSeal(ports.eventLog);
      sealedAt = seal?.at ?? null;
      gathered = gatherAfter((seal?.last ?? ports.eventLog.start) as Position);
    },
    gathered: () => gathered,
    seal: (signal: AbortSignal): Promise<Sealed> => {
      sealing = sealing.catch(() => undefined).then(() => sealNow(signal));
      return sealing;
    },
    state: (): NotaryState => {
      const since = gathered.since();
      return {
        sealedTo: gathered.after,
        sealedAt,
        unsealed: gathered.events(),
        unsealedSecs: since === null ? 0 : (performance.now() - since) / 1000,
      };
    },
  };
};

/** Starts a notary; it begins with what the last seal left, or with the first event. */
export const startNotary = (ports: NotaryPorts): Notary => {
  const { eventLog, limits, onDuty = () => true, onError = () => {} } = ports;
  const stopping = new AbortController();
  const sealing = createSealing(ports);

  /** Follows until it is stopped or another notary was first. */
  const follow = async (): Promise<void> => {
    await sealing.begin();
    const overtaken = new AbortController();
    const signal = AbortSignal.any([stopping.signal, overtaken.signal]);
    const seal = async () => {
      if ((await sealing.seal(signal)) === 'overtaken') overtaken.abort();
    };
    const timer = setInterval(() => {
      if (sealing.state().unsealedSecs < limits.sealSecs || !onDuty()) return;
      seal().catch((error: unknown) => {
        onError(error);
        overtaken.abort();
      });
    }, TICK_MS);
    timer.unref();
    try {
      const { after } = sealing.gathered();
      for await (const batch of eventLog.subscribe(after, { signal, batchMax: BATCH_MAX })) {
        for (const event of batch) {
          const logEvent = logEventOf(event);
          const made = sealOf(logEvent);
          if (made === undefined) throw new Error(`The seal at ${event.position} can't be read.`);
          if (made !== null && made.last > sealing.gathered().after) return;
          sealing.gathered().add(event.position, leafHash(logEvent), made !== null);
          if (sealing.gathered().events() >= limits.sealEventsMax && onDuty()) await seal();
          if (signal.aborted) return;
        }
        await yieldToOthers();
      }
    } finally {
      clearInterval(timer);
    }
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await follow();
      } catch (error) {
        onError(error);
        await delay(REOPEN_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
      }
    }
  };
  const running = run();
  return {
    state: sealing.state,
    stop: async () => {
      stopping.abort();
      await running;
      if (!onDuty()) return;
      const soon = AbortSignal.timeout(LAST_SEAL_MS);
      const last = sealing.seal(soon).catch(onError);
      await Promise.race([last, delay(LAST_SEAL_MS, undefined, { ref: false })]);
    },
  };
};
