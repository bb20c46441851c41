import { type UserId } from '../../domain/shared/ids.ts';
import { type Pool } from '../postgres/database.ts';

// Sessions that are still live stay until they are ended, so that none is left that nobody can end.
const FORGET = [
  'DELETE FROM vault.passwords WHERE user_id = $1',
  'DELETE FROM vault.ip_observations WHERE user_id = $1',
  `DELETE FROM vault.used_refresh_tokens t USING vault.sessions s
    WHERE s.session_id = t.session_id AND s.user_id = $1 AND s.revoked_at IS NOT NULL`,
  'DELETE FROM vault.sessions WHERE user_id = $1 AND revoked_at IS NOT NULL',
] as const;

/** Takes out of the vault what it knows of a person: password, ended sessions, hashes of addresses. */
export const createForgetPerson =
  ({ pool }: { readonly pool: Pool }) =>
  async (userId: UserId): Promise<void> => {
    for (const sql of FORGET) await pool.query(sql, [userId]);
  };
