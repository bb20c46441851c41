// The contract on a real server, where one is to be had.
import { randomUUID } from 'node:crypto';
import { EventStoreDBClient } from '@eventstore/db-client';
import { type EventLog, type VaultWrite } from '../../../application/event-store/event-log.ts';
import { migrate } from '../../postgres/migrations.ts';
import { freshDatabase, type TestDatabase } from '../../testing/database.ts';
import { LOG_MIGRATIONS } from '../postgres/migrations.ts';
import { VAULT_MIGRATIONS } from '../../vault/migrations.ts';
import { describeEventLog, store } from '../testing/event-log-contract.ts';
import { createFakeKurrent } from '../testing/fake-kurrent.ts';
import { noon, sampleAppend, sampleReservation } from '../testing/sample-appends.ts';
import { createKurrentLog } from './kurrent-log.ts';
import { createVaultWriter } from './vault-writer.ts';
import { createVaultReservations } from './vault-reservations.ts';

const SERVER = 'FILAMENT_TEST_EVENTSTORE_URL';
const url = process.env[SERVER];

let database: TestDatabase;
const logs: EventLog[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  await migrate(database.pool, [...LOG_MIGRATIONS, ...VAULT_MIGRATIONS]);
});
afterAll(async () => {
  for (const log of logs) await log.close();
  await database.drop();
});

const open = (client: Parameters<typeof createKurrentLog>[0]['client']): EventLog => {
  const log = createKurrentLog({
    client,
    writeVault: createVaultWriter({ pool: database.pool }),
    reservations: createVaultReservations({ pool: database.pool }),
    appendsMax: 1_000,
  });
  logs.push(log);
  return log;
};

describe('with reservations in the vault', () => {
  let log: EventLog;
  beforeAll(() => {
    log = open(createFakeKurrent({ faults: 0.05 }));
  });
  describeEventLog(() => log);

  it('keeps a reservation until it is complete or given up', async () => {
    const reservations = createVaultReservations({ pool: database.pool });
    const reservation = sampleReservation(randomUUID(), 'a');
    const { keyHash } = reservation;
    const record = { stream: 's-1', eventId: randomUUID(), result: '{"a":1}' };
    const again = () => reservations.reserve(reservation, record, 60_000);
    expect(await again()).toEqual({ type: 'reserved' });
    expect(await again()).toMatchObject({ type: 'found', record, isOver: false });
    await reservations.release(keyHash, randomUUID());
    expect(await again()).toMatchObject({ type: 'found' });
    await reservations.release(keyHash, record.eventId);
    expect(await reservations.reserve(reservation, record, -1)).toEqual({ type: 'reserved' });
    expect(await again()).toMatchObject({ isOver: true });
    await reservations.complete(keyHash, record.eventId, '7');
    await reservations.release(keyHash, record.eventId);
    expect(await again()).toMatchObject({ record: { position: '7' } });
  });
});

it('writes to the vault with an append', async () => {
  const id = randomUUID();
  const log = open(createFakeKurrent({ faults: 0 }));
  const vault: readonly VaultWrite[] = [
    { kind: 'data_key', scope: id, salt: Buffer.alloc(32, 1) },
    { kind: 'password', userId: id, phc: 'phc' },
    { kind: 'session', sessionId: id, userId: id, refreshHash: Buffer.alloc(32), expiresAt: noon },
    { kind: 'session_revoked', sessionId: id },
  ];
  await store(log, sampleAppend(`account-${id}`, { vault }));
  const { rows } = await database.pool.query(
    `SELECT k.salt, p.phc, s.expires_at, s.revoked_at IS NOT NULL AS revoked
       FROM vault.data_keys k, vault.passwords p, vault.sessions s
      WHERE k.scope = $1 AND p.user_id = $1 AND s.session_id = $1`,
    [id],
  );
  const written = {
    salt: Buffer.alloc(32, 1),
    phc: 'phc',
    expires_at: new Date(noon),
    revoked: true,
  };
  expect(rows).toEqual([written]);
});

if (url === undefined) {
  it('runs the contract on a real server when its address is given', () => {
    process.stderr.write(
      `The KurrentDB contract was not run: set ${SERVER} to a server's address.\n`,
    );
  });
} else {
  describe('on a real server', () => {
    let log: EventLog;
    beforeAll(() => {
      log = open(EventStoreDBClient.connectionString(url));
    });
    describeEventLog(() => log, 60_000);
  });
}
