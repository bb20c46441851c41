import { type GuildReader } from '../../application/guild/guild-reader.ts';
import { Guild } from '../../application/contract/answers.ts';
import { type ReadModelQuery, type ReadStatement } from '../read-model.ts';

const GUILDS_OF_MAX = 200;

// Ids are made in the order of creation, so the newest guild has the greatest one.
const GUILDS_OF: ReadStatement<Guild> = {
  name: 'guilds_of',
  sql: `SELECT g.guild_id, coalesce(g.name, '') AS name, g.visibility
    FROM rm_members.memberships m JOIN rm_guilds.guilds g USING (guild_id)
    WHERE m.user_id = $1 ORDER BY g.guild_id DESC LIMIT $2`,
  row: Guild,
};

// A plain search for the text, so no character of it means anything but itself.
const PUBLIC_GUILDS: ReadStatement<Guild> = {
  name: 'guilds_public',
  sql: `SELECT guild_id, name, visibility FROM rm_guilds.guilds
    WHERE visibility = 'public' AND strpos(name_folded, $1) > 0 ORDER BY guild_id DESC LIMIT $2`,
  row: Guild,
};

export const createGuildReader = ({ query }: { readonly query: ReadModelQuery }): GuildReader => ({
  guildsOf: (userId) => query(GUILDS_OF, [userId, GUILDS_OF_MAX]),
  publicGuilds: ({ q, limit }) => query(PUBLIC_GUILDS, [q.toLowerCase(), limit]),
});
