// Whom a person hears of: themselves, their friends, and people of their guilds.
import * as t from 'io-ts';
import { UserId } from '../../domain/shared/ids.ts';
import { type KnownTo } from '../../application/feed/known-to.ts';
import { type ReadModelQuery, type ReadStatement } from '../read-model.ts';

const Row = t.type({ user_id: UserId });
const KNOWN: ReadStatement<t.TypeOf<typeof Row>> = {
  name: 'members_known_to',
  sql: `SELECT u.user_id FROM unnest($2::text[]) AS u(user_id)
    WHERE u.user_id = $1
      OR EXISTS (SELECT FROM rm_friendships.friends f WHERE f.user_id = $1 AND f.friend_id = u.user_id)
      OR EXISTS (SELECT FROM rm_members.memberships mine
        JOIN rm_members.memberships theirs USING (guild_id)
        WHERE mine.user_id = $1 AND theirs.user_id = u.user_id)`,
  row: Row,
};

export const createKnownTo =
  ({ query }: { readonly query: ReadModelQuery }): KnownTo =>
  async (readerId, userIds) =>
    new Set((await query(KNOWN, [readerId, userIds])).map(({ user_id }) => user_id));
