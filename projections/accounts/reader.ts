import * as t from 'io-ts';
import {
  type AccountReader,
  type AccountSummary,
} from '../../application/account/account-reader.ts';
import { UserId } from '../../domain/shared/ids.ts';
import { Timestamp } from '../../domain/shared/timestamp.ts';
import { type ReadModelQuery, type ReadStatement } from '../read-model.ts';

const Row = t.type({ user_id: UserId, username: t.string, registered_at: Timestamp });
type Row = t.TypeOf<typeof Row>;
const Details = t.intersection([
  Row,
  t.type({
    about_box: t.union([t.string, t.null]),
    about_event_id: t.union([t.string, t.null]),
    about_event_version: t.union([t.Int, t.null]),
  }),
]);
type Details = t.TypeOf<typeof Details>;

// Who was erased has no name any more, and nobody is answered without one.
const SUMMARIES: ReadStatement<Row> = {
  name: 'accounts_by_ids',
  sql: `SELECT user_id, username, registered_at::float8 FROM rm_accounts.accounts
    WHERE user_id = ANY($1) AND username IS NOT NULL`,
  row: Row,
};
const DETAILS: ReadStatement<Details> = {
  name: 'accounts_by_id',
  sql: `SELECT user_id, username, registered_at::float8, about_box, about_event_id,
      about_event_version::integer
    FROM rm_accounts.accounts WHERE user_id = $1 AND username IS NOT NULL`,
  row: Details,
};

const summaryOf = ({ user_id, username, registered_at }: Row): AccountSummary => ({
  userId: user_id,
  username,
  registeredAt: registered_at,
});

const aboutOf = ({ user_id, about_box, about_event_id, about_event_version }: Details) =>
  about_box === null || about_event_id === null || about_event_version === null
    ? null
    : {
        userId: user_id,
        eventId: about_event_id,
        eventVersion: about_event_version,
        box: about_box,
      };

export const createAccountReader = ({
  query,
}: {
  readonly query: ReadModelQuery;
}): AccountReader => ({
  lookup: async (userIds) => {
    const rows = await query(SUMMARIES, [userIds]);
    const found = new Map(
      rows.map((row): [UserId, AccountSummary] => [row.user_id, summaryOf(row)]),
    );
    return userIds.flatMap((userId) => found.get(userId) ?? []);
  },
  byId: async (userId) => {
    const [row] = await query(DETAILS, [userId]);
    return row === undefined ? null : { ...summaryOf(row), about: aboutOf(row) };
  },
});
