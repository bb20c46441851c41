import * as t from 'io-ts';
import { type SealedField, type Sealer } from '../../application/event-store/event-store.ts';
import { type IpBanReader, type IpBanRow } from '../../application/ip-ban/ip-ban-reader.ts';
import { GuildId, IpBanId, UserId } from '../../domain/shared/ids.ts';
import { type ReadModelQuery, type ReadStatement } from '../read-model.ts';

const Row = t.type({
  ban_id: IpBanId,
  source_user_id: UserId,
  created_unix: t.Int,
  expires_unix: t.union([t.Int, t.null]),
  reason_box: t.union([t.string, t.null]),
  reason_event_id: t.string,
  reason_event_version: t.Int,
});
type Row = t.TypeOf<typeof Row>;

const PAGE: ReadStatement<Row> = {
  name: 'ip_bans_page',
  sql: `SELECT ban_id, source_user_id, created_unix, (expires_at / 1000)::integer AS expires_unix,
      reason_box, reason_event_id, reason_event_version
    FROM rm_ipbans.bans
    WHERE guild_id = $1 AND (created_unix, ban_id) < ($2::integer, $3)
      AND (expires_at IS NULL OR expires_at > $4::float8)
    ORDER BY created_unix DESC, ban_id DESC LIMIT $5`,
  row: Row,
};
const GuildRow = t.type({ guild_id: GuildId });
const GUILDS: ReadStatement<t.TypeOf<typeof GuildRow>> = {
  name: 'ip_bans_guilds',
  sql: 'SELECT DISTINCT guild_id FROM rm_ipbans.bans',
  row: GuildRow,
};

// Sort after every time and every id.
const AFTER_ALL = { unix: 2_147_483_647, id: '~' };

const sealedOf = (row: Row, box: string): SealedField => ({
  eventId: row.reason_event_id,
  eventType: 'IpBansAdded',
  eventVersion: row.reason_event_version,
  path: 'reason',
  scope: `account:${row.source_user_id}`,
  box,
});

const open = async (rows: readonly Row[], sealer: Sealer): Promise<readonly IpBanRow[]> => {
  const sealed = rows.flatMap((row) =>
    row.reason_box === null ? [] : [sealedOf(row, row.reason_box)],
  );
  const texts = await sealer.open(sealed);
  const reasons = new Map(sealed.map(({ box }, index) => [box, texts[index] ?? null]));
  return rows.map((row) => ({
    banId: row.ban_id,
    sourceUserId: row.source_user_id,
    reason: row.reason_box === null ? null : (reasons.get(row.reason_box) ?? null),
    createdUnix: row.created_unix,
    expiresUnix: row.expires_unix,
  }));
};

export const createIpBanReader = ({
  query,
  sealer,
}: {
  readonly query: ReadModelQuery;
  readonly sealer: Sealer;
}): IpBanReader => ({
  page: async ({ guildId, after, now, limit }) => {
    const { unix, id } = after ?? AFTER_ALL;
    const from = Math.min(unix, AFTER_ALL.unix);
    return open(await query(PAGE, [guildId, from, id, now, limit]), sealer);
  },
  guilds: async () => (await query(GUILDS, [])).map(({ guild_id: guildId }) => guildId),
});
