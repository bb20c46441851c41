import * as t from 'io-ts';
import { isIpBanMatch } from '../../application/audit/audit-action.ts';
import { type AuditReader } from '../../application/audit/audit-reader.ts';
import { AuditDetails, type AuditEvent } from '../../application/contract/moderation-answers.ts';
import { UserId } from '../../domain/shared/ids.ts';
import { type ReadModelQuery, type ReadStatement } from '../read-model.ts';
import { firstAuditIdAt } from './audit-id.ts';

const Row = t.type({
  audit_id: t.string,
  created_unix: t.Int,
  actor_user_id: UserId,
  target_user_id: t.union([UserId, t.null]),
  action: t.string,
  details: AuditDetails,
});
type Row = t.TypeOf<typeof Row>;

const COLUMNS = 'audit_id, created_unix, actor_user_id, target_user_id, action, details';

const PAGE: ReadStatement<Row> = {
  name: 'audit_page',
  sql: `SELECT ${COLUMNS} FROM rm_audit.entries
    WHERE guild_id = $1 AND audit_id < $2 AND audit_id >= $3
    ORDER BY audit_id DESC LIMIT $4`,
  row: Row,
};
// The newest of each action, merged: a page of rare actions must not read all the others in between.
const PAGE_OF_ACTIONS: ReadStatement<Row> = {
  name: 'audit_page_of_actions',
  sql: `SELECT e.* FROM unnest($5::text[]) AS wanted (name), LATERAL (
      SELECT ${COLUMNS} FROM rm_audit.entries
      WHERE guild_id = $1 AND action = wanted.name AND audit_id < $2 AND audit_id >= $3
      ORDER BY audit_id DESC LIMIT $4
    ) AS e ORDER BY e.audit_id DESC LIMIT $4`,
  row: Row,
};

// Sorts after every id.
const AFTER_ALL = '~';

const answer = (row: Row): AuditEvent => ({
  audit_id: row.audit_id,
  actor_user_id: row.actor_user_id,
  target_user_id: row.target_user_id,
  action: row.action,
  created_at_unix: row.created_unix,
  ip_ban_match: isIpBanMatch(row.action),
  details: row.details,
});

export const createAuditReader = ({ query }: { readonly query: ReadModelQuery }): AuditReader => ({
  page: async ({ guildId, before, since, actions, limit }) => {
    const values = [guildId, before ?? AFTER_ALL, firstAuditIdAt(since), limit];
    const rows =
      actions === null
        ? await query(PAGE, values)
        : await query(PAGE_OF_ACTIONS, [...values, actions]);
    return rows.map(answer);
  },
});
