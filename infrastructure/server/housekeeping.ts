// What must be done now and then: expired secrets swept, signing keys rotated, files that nobody uses removed.
import { type TokenRing } from '../auth/token-ring.ts';
import { type Log } from '../logging/log.ts';
import { sweepVault } from '../vault/vault-sweep.ts';
import { type Foundation } from './foundation.ts';

const EVERY_MS = 20 * 60_000;

export type Housekeeping = {
  /** Sweeps once more as soon as what is under way is done, without waiting for the next round. */
  readonly sweepNow: () => void;
  /** Ends the rounds, and waits for one under way. */
  readonly stop: () => Promise<void>;
};

/**
 * Starts the rounds. Of several processes only the one that is `onDuty` sweeps; signing keys are everybody's, since each
 * must know what another announced.
 */
export const startHousekeeping = (
  { pool, clock }: Pick<Foundation, 'pool' | 'clock'>,
  ring: Pick<TokenRing, 'maintain'>,
  sweeps: readonly ((stopping: AbortSignal) => Promise<void>)[],
  onDuty: () => boolean,
  log: Pick<Log, 'warn' | 'debug'>,
): Housekeeping => {
  const stopping = new AbortController();
  const sweep = async () => {
    for (const work of sweeps) {
      if (!onDuty() || stopping.signal.aborted) return;
      try {
        await work(stopping.signal);
      } catch (err) {
        log.warn({ event: 'housekeeping.failed', err });
      }
    }
  };
  const round = async () => {
    try {
      await ring.maintain();
      if (!onDuty()) return;
      const swept = await sweepVault({ pool, now: clock.now() });
      log.debug({ event: 'vault.swept', ...swept });
    } catch (err) {
      log.warn({ event: 'housekeeping.failed', err });
    }
  };
  // At once too: what a crash left half done need not wait.
  let running = sweep();
  let isAsked = false;
  const timer = setInterval(() => {
    running = running.then(round).then(sweep);
  }, EVERY_MS);
  return {
    sweepNow: () => {
      if (isAsked) return; // One that has not begun yet sees all that there is.
      isAsked = true;
      running = running.then(() => {
        isAsked = false;
        return sweep();
      });
    },
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
};
