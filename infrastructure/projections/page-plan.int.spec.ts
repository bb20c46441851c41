// A page of history costs what it shows, also of a channel that the database's statistics don't know yet.
import * as t from 'io-ts';
import { channelNo, guildNo, messageNo, userNo } from '../../domain/shared/testing/samples.ts';
import { CORE_PROJECTORS } from '../../projections/core-projectors.ts';
import { createMessageReader } from '../../projections/messages/reader.ts';
import { type ReadModelQuery } from '../../projections/read-model.ts';
import { migrate } from '../postgres/migrations.ts';
import { freshDatabase, type TestDatabase } from '../testing/database.ts';
import { OPS_MIGRATIONS } from './migrations.ts';
import { createReadModelQuery } from './read-model-query.ts';
import { createProjectionRunner, type ProjectionRunner } from './runner.ts';
import { createEventFeed } from './testing/event-feed.ts';
import { posted } from './testing/sample-events.ts';
import { unsealing } from './testing/unsealing.ts';

const MESSAGES = 3_000;
const SHOWN = 50;

type Node = {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly Node[];
};
const Node: t.Type<Node> = t.recursion('Node', () =>
  t.intersection([
    t.type({ 'Actual Rows': t.number, 'Actual Loops': t.number }),
    t.partial({ 'Relation Name': t.string, Plans: t.readonlyArray(Node) }),
  ]),
);
const Plans = t.readonlyArray(t.type({ Plan: Node }));

const nodesOf = (node: Node): readonly Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

let database: TestDatabase;
let runner: ProjectionRunner;
beforeAll(async () => {
  database = await freshDatabase();
  const { pool } = database;
  await migrate(pool, OPS_MIGRATIONS);
  const feed = createEventFeed();
  runner = createProjectionRunner({ pool, store: feed.store, projectors: CORE_PROJECTORS });
  await runner.start();
  for (const table of ['messages', 'reactions'])
    await pool.query(`ALTER TABLE rm_messages.${table} SET (autovacuum_enabled = false)`);
  await runner.apply(feed.push(...Array.from({ length: MESSAGES }, (_, n) => posted(n + 1))));
});
afterAll(async () => {
  runner.stop();
  await database.drop();
});

it('takes in hand no more than it shows', async () => {
  const query = createReadModelQuery({ pool: database.pool });
  let nodes: readonly Node[] = [];
  const explaining: ReadModelQuery = async (statement, values) => {
    const sql = `EXPLAIN (ANALYZE, FORMAT JSON) ${statement.sql}`;
    const rows = await query({ name: 'explained', sql, row: t.UnknownRecord }, values);
    const plans: unknown = rows[0]?.['QUERY PLAN'];
    if (!Plans.is(plans)) throw new Error('not a plan');
    nodes = plans.flatMap(({ Plan }) => nodesOf(Plan));
    return query(statement, values);
  };
  const reader = createMessageReader({
    ...{ sealer: unsealing, query: explaining },
    contents: {
      render: (texts) => Promise.resolve(texts.map(() => ({ content: '', tokens: [] }))),
    },
  });
  const page = await reader.page({
    ...{ guildId: guildNo(1), channelId: channelNo(1), readerId: userNo(1) },
    ...{ before: messageNo(MESSAGES - 100), limit: SHOWN },
  });
  expect(page).toHaveLength(SHOWN);
  const taken = (table: string) => nodes.filter((node) => node['Relation Name'] === table);
  expect(taken('messages').map((node) => node['Actual Rows'])).toEqual([SHOWN]);
  expect(taken('reactions').map((node) => node['Actual Loops'])).toEqual([SHOWN]);
});
