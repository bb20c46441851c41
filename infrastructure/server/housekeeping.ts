// What must be done now and then: expired secrets swept, signing keys rotated, files that nobody uses removed.
import { type TokenRing } from '../auth/token-ring.ts';
import { type Log } from '../logging/log.ts';
import { sweepVault } from '../vault/vault-sweep.ts';
import { type Foundation } from './foundation.ts';

const EVERY_MS = 20 * 60_000;

/**
 * Starts the rounds; the returned function stops them and waits for one under way. Of several processes only the one that
 * is `onDuty` sweeps; signing keys are everybody's, since each must know what another announced.
 */
export const startHousekeeping = (
  { pool, clock }: Foundation,
  ring: TokenRing,
  sweeps: readonly ((stopping: AbortSignal) => Promise<void>)[],
  onDuty: () => boolean,
  log: Log,
): (() => Promise<void>) => {
  const stopping = new AbortController();
  const sweep = async () => {
    for (const work of sweeps) {
      if (!onDuty()) return;
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
  const timer = setInterval(() => {
    running = running.then(round).then(sweep);
  }, EVERY_MS);
  return async () => {
    clearInterval(timer);
    stopping.abort();
    await running;
  };
};
