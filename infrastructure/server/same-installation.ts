// A process with other secrets than those that wrote the database could read nothing of it, and would write what they can't.
import * as t from 'io-ts';
import { type Pool, queryRows } from '../postgres/database.ts';

const Row = t.type({ id: t.string });

/** Marks a database that is nobody's yet; throws when it is another installation's. */
export const requireSameInstallation = async (pool: Pool, installation: string): Promise<void> => {
  const [row] = await queryRows(
    pool,
    Row,
    `WITH marked AS (INSERT INTO ops.installation (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id)
      SELECT id FROM marked UNION ALL SELECT id FROM ops.installation`,
    [installation],
  );
  // Nothing is seen where another process marked it in this very moment: then the next look is at what it wrote.
  const id = row?.id ?? (await queryRows(pool, Row, 'SELECT id FROM ops.installation'))[0]?.id;
  if (id === installation) return;
  throw new Error(
    'The database was written with another master key, so nothing in it could be read. Start this server with the ' +
      'same secrets as the others: the same folder secrets/ in FILAMENT_DATA_DIR, and the same FILAMENT_MASTER_KEY ' +
      'where that is set. Or give it a database of its own in FILAMENT_DATABASE_URL.',
  );
};
