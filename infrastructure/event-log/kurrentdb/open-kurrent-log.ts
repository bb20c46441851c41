import { EventStoreDBClient } from '@eventstore/db-client';
import { type EventLog } from '../../../application/event-store/event-log.ts';
import { type Pool } from '../../postgres/database.ts';
import { createKurrentLog } from './kurrent-log.ts';
import { createVaultReservations } from './vault-reservations.ts';
import { createVaultWriter } from './vault-writer.ts';

/** The log in the KurrentDB of this connection string, with its vault in PostgreSQL. */
export const openKurrentLog = ({
  url,
  pool,
  appendsMax,
  onError,
}: {
  readonly url: string;
  readonly pool: Pool;
  readonly appendsMax: number;
  readonly onError: (error: unknown) => void;
}): EventLog =>
  createKurrentLog({
    client: EventStoreDBClient.connectionString(url),
    writeVault: createVaultWriter({ pool }),
    reservations: createVaultReservations({ pool }),
    appendsMax,
    onError,
  });
