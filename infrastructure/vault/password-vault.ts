import * as t from 'io-ts';
import { type PasswordVault } from '../../application/account/password-vault.ts';
import { queryRows, type Pool } from '../postgres/database.ts';

const Row = t.type({ phc: t.string });

export const createPasswordVault = ({ pool }: { readonly pool: Pool }): PasswordVault => ({
  phcOf: async (userId) => {
    const [row] = await queryRows(pool, Row, 'SELECT phc FROM vault.passwords WHERE user_id = $1', [
      userId,
    ]);
    return row?.phc ?? null;
  },
  rehash: async ({ userId, from, to }) => {
    const { rowCount } = await pool.query(
      'UPDATE vault.passwords SET phc = $3 WHERE user_id = $1 AND phc = $2',
      [userId, from, to],
    );
    return rowCount === 1;
  },
});
