// The notary of a running server, and what a command of the operator needs to seal the log itself.
import path from 'node:path';
import { installationId } from '../auth/tokens.ts';
import { type Log } from '../logging/log.ts';
import { type ServerMetrics } from '../metrics/metrics.ts';
import { startNotary, type Notary, type NotaryPorts } from '../seals/notary.ts';
import { keepReceipt } from '../seals/receipt.ts';
import { openSigningKeys } from '../seals/signing-keys.ts';
import { type Foundation } from './foundation.ts';

export const notaryPorts = ({
  config,
  secrets,
  eventLog,
  store,
  clock,
  newUuid,
}: Foundation): NotaryPorts => ({
  eventLog,
  store,
  clock,
  newUuid,
  installation: installationId(secrets.masterKey),
  keys: openSigningKeys({ path: path.join(secrets.folder, 'notary-keys'), clock }),
  limits: config.limits,
  keep: (seal) => keepReceipt(secrets.folder, seal),
});

export const startServerNotary = (
  foundation: Foundation,
  onDuty: () => boolean,
  log: Log,
): Notary =>
  startNotary({
    ...notaryPorts(foundation),
    onDuty,
    onError: (err) => log.warn({ event: 'notary.retry', err }),
  });

// The leading 20 digits: on PostgreSQL the number of the event, on KurrentDB a byte offset.
const POSITION_DIGITS = 20;

export const addNotaryGauges = (
  { state }: Notary,
  { gauge }: ServerMetrics,
  { clock }: Pick<Foundation, 'clock'>,
): void => {
  gauge('filament_log_sealed_position', 'Up to where the log is sealed.', () =>
    Number(state().sealedTo.slice(0, POSITION_DIGITS)),
  );
  gauge('filament_log_seal_age_seconds', 'Time since the last seal, 0 before the first.', () => {
    const { sealedAt } = state();
    return sealedAt === null ? 0 : Math.max(0, clock.now() - sealedAt) / 1000;
  });
  gauge(
    'filament_log_unsealed_events',
    'Events of the log without a seal.',
    () => state().unsealed,
  );
  gauge(
    'filament_log_unsealed_seconds',
    'How long the oldest of them has had none, 0 when there is nothing to seal.',
    () => state().unsealedSecs,
  );
};
