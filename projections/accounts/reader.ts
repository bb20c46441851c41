import * as t from 'io-ts';
import {
  type AccountReader,
  type AccountSummary,
} from '../../application/account/account-reader.ts';
import { UserId } from '../../domain/shared/ids.ts';
import { Timestamp } from '../../domain/shared/timestamp.ts';
import { type ReadModelQuery, type ReadStatement } from '../read-model.ts';

const Row = t.type({ user_id: UserId, username: t.string, registered_at: Timestamp });

// Who was erased has no name any more, and nobody is answered without one.
const ACCOUNTS: ReadStatement<t.TypeOf<typeof Row>> = {
  name: 'accounts_by_ids',
  sql: `SELECT user_id, username, registered_at::float8 FROM rm_accounts.accounts
    WHERE user_id = ANY($1) AND username IS NOT NULL`,
  row: Row,
};

export const createAccountReader = ({
  query,
}: {
  readonly query: ReadModelQuery;
}): AccountReader => {
  const lookup: AccountReader['lookup'] = async (userIds) => {
    const rows = await query(ACCOUNTS, [userIds]);
    const found = new Map(
      rows.map((row): [UserId, AccountSummary] => [
        row.user_id,
        { userId: row.user_id, username: row.username, registeredAt: row.registered_at },
      ]),
    );
    return userIds.flatMap((userId) => found.get(userId) ?? []);
  };
  return { lookup, byId: async (userId) => (await lookup([userId]))[0] ?? null };
};
