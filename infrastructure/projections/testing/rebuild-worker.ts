// A program for the tests: rebuilds the messages of a database again and again; prints the events of each rebuild.
// Arguments: the database's URL, how many times.
import { randomBytes } from 'node:crypto';
import { messagesProjector } from '../../../projections/messages/projector.ts';
import { createPostgresLog } from '../../event-log/postgres/postgres-log.ts';
import { createEventStore } from '../../event-store/event-store.ts';
import { createPool } from '../../postgres/database.ts';
import { createDataKeys } from '../../vault/data-keys.ts';
import { createSaltTable } from '../../vault/salt-table.ts';
import { rebuildProjection } from '../rebuild.ts';

const main = async (): Promise<void> => {
  const [url = '', times = '1'] = process.argv.slice(2);
  const pool = createPool({ url, name: 'rebuild', max: 3 });
  const log = createPostgresLog({ url, pool, queueMax: 1 });
  const dataKeys = createDataKeys({ masterKey: randomBytes(32), salts: createSaltTable({ pool }) });
  const store = createEventStore({ log, dataKeys, newUuid: () => '' });
  const keepSealed = new Set(messagesProjector.keepSealed);
  for (let i = 0; i < Number(times); i += 1) {
    const { events } = await rebuildProjection({
      pool,
      store,
      keepSealed,
      projector: messagesProjector,
    });
    process.stdout.write(`${events}\n`);
  }
  await log.close();
  await pool.end();
};

void main();
