import * as t from 'io-ts';
import { type GuildsOfPerson } from '../../application/membership/guilds-of-person.ts';
import { type Member } from '../../application/contract/answers.ts';
import { type Sealer } from '../../application/event-store/event-store.ts';
import { type KnownBan, type MemberReader } from '../../application/membership/member-reader.ts';
import { GuildId, RoleId, UserId } from '../../domain/shared/ids.ts';
import { Timestamp, unixSeconds } from '../../domain/shared/timestamp.ts';
import { type ReadModelQuery, type ReadStatement } from '../read-model.ts';

const ROLES_MAX = 16;

const MemberRow = t.type({
  user_id: UserId,
  role_ids: t.readonlyArray(RoleId),
  timed_out_until: t.union([Timestamp, t.null]),
});
type MemberRow = t.TypeOf<typeof MemberRow>;

// Every member has the seeded role `member` without it being assigned (base contract 2.11). It is what gives way where
// that is one too many, since it says nothing about them. Rows of roles that are gone are shown nowhere.
const PAGE: ReadStatement<MemberRow> = {
  name: 'members_page',
  sql: `SELECT m.user_id, ARRAY(
      SELECT role_id FROM (
        SELECT s.role_id FROM rm_guilds.roles s
        LEFT JOIN rm_members.member_roles r
          ON r.guild_id = s.guild_id AND r.user_id = m.user_id AND r.role_id = s.role_id
        WHERE s.guild_id = m.guild_id AND (r.user_id IS NOT NULL OR s.system_key = 'member')
        ORDER BY r.user_id IS NULL, s.role_id LIMIT $4
      ) AS held ORDER BY role_id
    ) AS role_ids, (
      SELECT ends_at::float8 FROM rm_members.timeouts o
      WHERE o.guild_id = m.guild_id AND o.user_id = m.user_id AND o.ends_at > $5
    ) AS timed_out_until
    FROM rm_members.memberships m
    WHERE m.guild_id = $1 AND m.user_id > $2 ORDER BY m.user_id LIMIT $3`,
  row: MemberRow,
};

const Holder = t.type({ user_id: UserId });

const HOLDERS: ReadStatement<t.TypeOf<typeof Holder>> = {
  name: 'members_holders',
  sql: `SELECT user_id FROM rm_members.member_roles
    WHERE guild_id = $1 AND role_id = $2 ORDER BY user_id LIMIT $3`,
  row: Holder,
};

const BanRow = t.type({
  user_id: UserId,
  banned_by: UserId,
  banned_at: Timestamp,
  reason_box: t.union([t.string, t.null]),
  event_id: t.string,
  event_version: t.Int,
});
type BanRow = t.TypeOf<typeof BanRow>;

const BANS: ReadStatement<BanRow> = {
  name: 'members_bans',
  sql: `SELECT user_id, banned_by, banned_at::float8, reason_box, event_id, event_version
    FROM rm_members.bans WHERE guild_id = $1 AND (banned_at, user_id) < ($2, $3)
    ORDER BY banned_at DESC, user_id DESC LIMIT $4`,
  row: BanRow,
};
// Sorts after every ban, so that one statement serves the newest page too.
const AFTER_ALL = { bannedAt: Number.MAX_SAFE_INTEGER, userId: '~' };

const memberAnswer = ({ user_id, role_ids, timed_out_until }: MemberRow): Member => ({
  user_id,
  role_ids,
  ...(timed_out_until !== null && {
    timed_out_until_unix: unixSeconds(timed_out_until) as t.Int,
  }),
});

const openReasons = async (
  { open }: Sealer,
  rows: readonly BanRow[],
): Promise<ReadonlyMap<UserId, string>> => {
  const given = rows.flatMap((row) =>
    row.reason_box === null ? [] : [[row, row.reason_box] as const],
  );
  const opened = await open(
    given.map(([row, box]) => ({
      eventId: row.event_id,
      eventType: 'MemberBanned',
      eventVersion: row.event_version,
      path: 'reason',
      scope: `account:${row.user_id}`,
      box,
    })),
  );
  return new Map(
    given.flatMap(([row], i) => {
      const reason = opened[i] ?? null;
      return reason === null ? [] : [[row.user_id, reason] as const];
    }),
  );
};

export const createMemberReader = ({
  query,
  sealer,
}: {
  readonly query: ReadModelQuery;
  readonly sealer: Sealer;
}): MemberReader => ({
  page: async ({ guildId, after, limit, at }) => {
    const rows = await query(PAGE, [guildId, after ?? '', limit, ROLES_MAX, at]);
    return rows.map(memberAnswer);
  },
  holders: async ({ guildId, roleId, limit }) =>
    (await query(HOLDERS, [guildId, roleId, limit])).map(({ user_id }) => user_id),
  bans: async ({ guildId, before, limit }) => {
    const { bannedAt, userId } = before ?? AFTER_ALL;
    const rows = await query(BANS, [guildId, bannedAt, userId, limit]);
    const reasons = await openReasons(sealer, rows);
    return rows.map((row): KnownBan => ({
      userId: row.user_id,
      bannedBy: row.banned_by,
      bannedAt: row.banned_at,
      reason: reasons.get(row.user_id) ?? null,
    }));
  },
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
