// The documents of a guild in PostgreSQL, listed and mended under the lock that the follower takes for each batch.
import * as t from 'io-ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { type GuildId, type MessageId } from '../../domain/shared/ids.ts';
import {
  inSchema,
  liveSchema,
  type Projector,
  type Statement,
} from '../../projections/projector.ts';
import { messageOfUuid, uuidOfMessage } from '../../projections/search/message-uuid.ts';
import {
  countStatements,
  NUMBERS_SQL,
  restoreStatement,
  type MissingMessage,
} from '../../projections/search/search-repair.ts';
import { removeStatements } from '../../projections/search/search-projector.ts';
import { inTransaction, queryRows, type Connection, type Pool } from '../postgres/database.ts';
import { lockControls } from '../projections/control-rows.ts';
import { readMessageStream, type GuildDocuments } from './reconcile-guild.ts';

const Listed = t.type({ message_id: t.string });
const Numbered = t.type({ message_id: t.string, seq: t.number });

const IDS = `SELECT d.message_id::text AS message_id FROM {schema}.doc d
  JOIN {schema}.guild g USING (guild_no) WHERE g.guild_id = $1 LIMIT $2::bigint`;

export const createPostgresDocuments = ({
  pool,
  store,
  projector,
}: {
  readonly pool: Pool;
  readonly store: Pick<EventStore, 'load'>;
  readonly projector: Projector;
}): GuildDocuments => {
  const schema = liveSchema(projector);
  const run = (connection: Connection, { sql, values }: Statement) =>
    queryRows(connection, Listed, inSchema(sql, schema), values);

  const restore = async (
    connection: Connection,
    guildId: GuildId,
    messages: readonly MissingMessage[],
  ): Promise<number> => {
    const ids = messages.map(({ messageId }) => messageId);
    const numbers = new Map(
      (await queryRows(connection, Numbered, NUMBERS_SQL, [guildId, ids])).map(
        ({ message_id, seq }) => [message_id, seq],
      ),
    );
    const numbered = messages.flatMap((message) => {
      const seq = numbers.get(message.messageId);
      return seq === undefined ? [] : [{ ...message, seq }];
    });
    const restored = await run(connection, restoreStatement(guildId, numbered));
    const uuids = restored.map(({ message_id }) => message_id);
    for (const statement of countStatements(uuids)) await run(connection, statement);
    return uuids.length;
  };

  return {
    ids: async (guildId, max) =>
      (await queryRows(pool, Listed, inSchema(IDS, schema), [guildId, max + 1])).map(
        ({ message_id }) => messageOfUuid(message_id),
      ),
    mend: (guildId, { missing, extra }) =>
      inTransaction(pool, async (connection) => {
        const [control] = await lockControls(connection, [projector.name]);
        if (control === undefined) return { upserted: 0, deleted: 0 };
        const read = (id: MessageId) => readMessageStream(store, id, control.position);
        const wanted: MissingMessage[] = [];
        for (const messageId of missing) {
          const { events, text } = await read(messageId);
          const [first] = events;
          if (text !== null && first?.type === 'MessagePosted')
            wanted.push({ messageId, channelId: first.data.channelId, text });
        }
        const gone: MessageId[] = [];
        for (const messageId of extra)
          if ((await read(messageId)).text === null) gone.push(messageId);
        const upserted = wanted.length === 0 ? 0 : await restore(connection, guildId, wanted);
        for (const statement of removeStatements(gone.map(uuidOfMessage)))
          await run(connection, statement);
        return { upserted, deleted: gone.length };
      }),
  };
};
