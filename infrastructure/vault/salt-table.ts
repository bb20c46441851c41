import * as t from 'io-ts';
import { queryRows, type Pool } from '../postgres/database.ts';
import { Bytes } from './columns.ts';

/** Where the salts of data keys stand; they are written by the append of the log. */
export type SaltTable = {
  readonly find: (scopes: readonly string[]) => Promise<ReadonlyMap<string, Buffer>>;
  readonly remove: (scope: string) => Promise<void>;
};

const Row = t.type({ scope: t.string, salt: Bytes });

export const createSaltTable = ({ pool }: { readonly pool: Pool }): SaltTable => ({
  find: async (scopes) => {
    const rows = await queryRows(
      pool,
      Row,
      'SELECT scope, salt FROM vault.data_keys WHERE scope = ANY($1::text[])',
      [scopes],
    );
    return new Map(rows.map(({ scope, salt }) => [scope, salt]));
  },
  remove: async (scope) => {
    await pool.query('DELETE FROM vault.data_keys WHERE scope = $1', [scope]);
  },
});
