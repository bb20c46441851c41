import * as t from 'io-ts';
import { type GuildsOfPerson } from '../../application/membership/guilds-of-person.ts';
import { type MemberReader } from '../../application/membership/member-reader.ts';
import { Member } from '../../application/contract/answers.ts';
import { GuildId } from '../../domain/shared/ids.ts';
import { type ReadModelQuery, type ReadStatement } from '../read-model.ts';

const ROLES_MAX = 16;

// Every member has the seeded role `member` without it being assigned (base contract 2.11).
const PAGE: ReadStatement<Member> = {
  name: 'members_page',
  sql: `SELECT m.user_id, ARRAY(
      SELECT role_id FROM (
        SELECT role_id FROM rm_members.member_roles r
          WHERE r.guild_id = m.guild_id AND r.user_id = m.user_id
        UNION SELECT role_id FROM rm_guilds.roles s
          WHERE s.guild_id = m.guild_id AND s.system_key = 'member'
      ) AS held ORDER BY role_id LIMIT $4
    ) AS role_ids
    FROM rm_members.memberships m
    WHERE m.guild_id = $1 AND m.user_id > $2 ORDER BY m.user_id LIMIT $3`,
  row: Member,
};

export const createMemberReader = ({
  query,
}: {
  readonly query: ReadModelQuery;
}): MemberReader => ({
  page: ({ guildId, after, limit }) => query(PAGE, [guildId, after ?? '', limit, ROLES_MAX]),
});

const GuildRow = t.type({ guild_id: GuildId });
const GUILDS: ReadStatement<t.TypeOf<typeof GuildRow>> = {
  name: 'members_guilds_of',
  sql: `SELECT guild_id FROM rm_members.memberships WHERE user_id = $1 ORDER BY guild_id LIMIT $2`,
  row: GuildRow,
};

export const createGuildsOfPerson =
  ({ query }: { readonly query: ReadModelQuery }): GuildsOfPerson =>
  async (userId, limit) =>
    (await query(GUILDS, [userId, limit])).map(({ guild_id }) => guild_id);
