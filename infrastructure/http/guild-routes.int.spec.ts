// The commands over the real log: what the log in memory can't show is that its answers come from the disk.
import { randomUUID } from 'node:crypto';
import { LOG_MIGRATIONS } from '../event-log/postgres/migrations.ts';
import { createPostgresLog } from '../event-log/postgres/postgres-log.ts';
import { createEventStore } from '../event-store/event-store.ts';
import { migrate } from '../postgres/migrations.ts';
import { freshDatabase, type TestDatabase } from '../testing/database.ts';
import { createDataKeys, type DataKeys } from '../vault/data-keys.ts';
import { VAULT_MIGRATIONS } from '../vault/migrations.ts';
import { createSaltTable } from '../vault/salt-table.ts';
import { type EventLog } from '../../application/event-store/event-log.ts';
import {
  createGuildWorld,
  field,
  personNo,
  settle,
  type Answer,
  type GuildWorld,
} from './testing/guild-world.ts';

let database: TestDatabase;
let log: EventLog;
let keys: DataKeys;
let worlds: GuildWorld[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  await migrate(database.pool, [...VAULT_MIGRATIONS, ...LOG_MIGRATIONS]);
  log = createPostgresLog({ url: database.url, pool: database.pool, queueMax: 1_000 });
  keys = createDataKeys({
    masterKey: Buffer.alloc(32, 7),
    salts: createSaltTable({ pool: database.pool }),
  });
});
afterEach(async () => {
  await Promise.all(worlds.map((world) => world.close()));
  worlds = [];
});
afterAll(async () => {
  await log.close();
  await database.drop();
});

const openStore = () => ({
  dataKeys: keys,
  store: createEventStore({ log, dataKeys: keys, newUuid: randomUUID }),
});

/** A server with empty caches, as after a restart, or one more beside the others. */
const start = async (): Promise<GuildWorld> => {
  // By the database's clock, which decides when a key is forgotten.
  const limits = { guildsCreatedPerUserMax: 100 };
  const world = await createGuildWorld(limits, openStore, Date.now());
  worlds.push(world);
  return world;
};
const same = (answers: readonly Answer[]) =>
  new Set(answers.map((answer) => JSON.stringify(answer))).size === 1;

describe('guilds and messages over PostgreSQL', () => {
  it('are as they were after a restart', async () => {
    const before = await start();
    const { guild, channel, messages } = await settle(before);
    const posted = await before.call(2, 'POST', messages, { content: 'hello' }, 'k');
    const after = await start();
    expect(await after.call(2, 'POST', messages, { content: 'hello' }, 'k')).toEqual(posted);
    const id = String(field(posted, 'message_id'));
    expect((await after.call(3, 'PATCH', `${messages}/${id}`, { content: 'x' })).status).toBe(403);
    expect(
      field(await after.call(2, 'PATCH', `${messages}/${id}`, { content: 'y' }), 'content'),
    ).toBe('y');
    const self = `/guilds/${guild}/channels/${channel}/permissions/self`;
    expect(await after.call(2, 'GET', self)).toEqual(await before.call(2, 'GET', self));
  });
  it('are made once, however many repeats run at once on several servers', async () => {
    const [a, b] = [await start(), await start()];
    const { messages } = await settle(a);
    const guilds = await Promise.all(
      [a, b, a, b].map((world) => world.call(1, 'POST', '/guilds', { name: 'Once' }, 'guild')),
    );
    expect(guilds.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(same(guilds)).toBe(true);
    const posts = await Promise.all(
      [a, b, a, b].map((world) => world.call(2, 'POST', messages, { content: 'once' }, 'post')),
    );
    expect(posts[0]?.status).toBe(200);
    expect(same(posts)).toBe(true);
    const history = await b.call(2, 'GET', messages);
    expect(field(history, 'messages')).toHaveLength(1);
  });
  it('stand against another server that changes the same message', async () => {
    const [a, b] = [await start(), await start()];
    const { messages } = await settle(a);
    const posted = await a.call(2, 'POST', messages, { content: 'hi' });
    const path = `${messages}/${String(field(posted, 'message_id'))}/reactions`;
    await Promise.all([
      a.call(1, 'POST', `${path}/a`),
      b.call(2, 'POST', `${path}/a`),
      a.call(2, 'POST', `${path}/b`),
    ]);
    expect(await a.call(1, 'POST', `${path}/a`)).toMatchObject({
      body: { count: 2, reactor_user_ids: [personNo(1), personNo(2)] },
    });
  });
  it('answer a repeat without the text once it is erased', async () => {
    const world = await start();
    const { messages } = await settle(world);
    const posted = await world.call(2, 'POST', messages, { content: 'secret' }, 'erased');
    await keys.destroy(`message:${String(field(posted, 'message_id'))}`);
    expect(await world.call(2, 'POST', messages, { content: 'secret' }, 'erased')).toEqual({
      status: 200,
      body: { ...(posted.body as object), content: '', markdown_tokens: [] },
    });
    const path = `${messages}/${String(field(posted, 'message_id'))}`;
    expect((await world.call(2, 'PATCH', path, { content: 'again' })).status).toBe(404);
  });
});
