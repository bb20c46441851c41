// Reconciling, over each index: what was lost or left over is mended, and nothing else is touched.
import { right } from 'fp-ts/lib/Either.js';
import { type Recorded } from '../../../application/event-store/event-store.ts';
import { messagesProjector } from '../../../projections/messages/projector.ts';
import { guildsProjector } from '../../../projections/guilds/projector.ts';
import { feedProjector } from '../../../projections/feed/projector.ts';
import { inSchema, liveSchema } from '../../../projections/projector.ts';
import { type GuildId, type MessageId } from '../../../domain/shared/ids.ts';
import { messageNo, noon, userNo } from '../../../domain/shared/testing/samples.ts';
import { type Backend, type OpenBackend } from './backends.ts';
import { createSearchWorld, place, type SearchWorld } from './search-world.ts';

const CORE = [guildsProjector, feedProjector, messagesProjector];
const here = place(1, 1);
const there = place(2, 1);

/** Brings the read models that say what is shown to the end of the log. */
const project = async ({ pool, store }: SearchWorld): Promise<void> => {
  const keepSealed = new Set(CORE.flatMap(({ keepSealed }) => keepSealed));
  const events = await store.readAll(store.start, 10_000, { keepSealed });
  for (const projector of CORE) {
    const schema = liveSchema(projector);
    await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema}`);
    await pool.query(inSchema(projector.createTables, schema));
    const taken = events.flatMap((event) =>
      event.type !== 'Undecodable' && projector.takes.has(event.type) ? [event] : [],
    );
    for (const { sql, values } of projector.project(taken))
      await pool.query(inSchema(sql, schema), [...values]);
  }
  for (const { guildId, channelId } of [here, there])
    await pool.query(
      "INSERT INTO rm_guilds.channels VALUES ($1, $2, NULL, 'text', 0)", // Of a guild whose own events matter to nobody here
      [guildId, channelId],
    );
};

/** What happens to an index behind everyone's back. */
export type Damage<B extends Backend> = {
  readonly lose: (
    world: SearchWorld<B>,
    ids: readonly MessageId[],
    guildId: GuildId,
  ) => Promise<void>;
  readonly haunt: (world: SearchWorld<B>, posted: Recorded) => Promise<void>;
};

export const describeReconcile = <B extends Backend>(
  openBackend: OpenBackend<B>,
  { lose, haunt }: Damage<B>,
) => {
  let world: SearchWorld<B>;
  const posted: MessageId[] = [];
  let beforeBuilt: unknown;
  const find = (q: string, at = here) => world.find(at.guildId, [at.channelId], q);
  const reconcile = (documentsMax = 1_000, guildId = here.guildId) =>
    world.backend.reconcile(guildId, documentsMax);

  beforeAll(async () => {
    world = await createSearchWorld(openBackend);
    for (let n = 0; n < 8; n += 1) posted.push(await world.post(here, `wombat number${n}`));
    await world.post(there, 'wombat elsewhere');
    await world.edit(here, posted[2]!, 'wombat numbertwo');
    await world.remove(here, posted[3]!);
    await project(world);
    beforeBuilt = await reconcile();
    const follower = world.startFollower();
    await world.settle(follower);
    await follower.stop();
  });
  afterAll(() => world.close());

  it('says so where there is no index yet', () => {
    expect(beforeBuilt).toEqual({ _tag: 'Left', left: 'Unavailable' });
  });

  it('changes nothing where nothing is wrong', async () => {
    const before = await world.backend.contents();
    expect(await reconcile()).toEqual(right({ upserted: 0, deleted: 0, remaining: 0 }));
    expect(await world.backend.contents()).toEqual(before);
  });

  it('puts back what was lost, as it is now, so that the index equals a rebuilt one', async () => {
    const before = await world.backend.contents();
    await lose(world, [posted[1]!, posted[2]!, posted[6]!], here.guildId);
    expect(await find('number1')).toEqual([]);
    expect(await reconcile()).toEqual(right({ upserted: 3, deleted: 0, remaining: 0 }));
    expect(await find('numbertwo')).toEqual([posted[2]]);
    expect(await find('number2')).toEqual([]);
    expect(await world.backend.contents()).toEqual(before);
  });

  it.each([
    ['was deleted', () => posted[3]!],
    ['was never posted', () => messageNo(999)],
  ])('takes out what %s', async (_, idOf) => {
    const messageId = idOf();
    const [last] = (await world.store.readAll(world.store.start, 1_000)).slice(-1);
    await haunt(world, {
      type: 'MessagePosted',
      data: {
        ...{ ...here, messageId, authorId: userNo(1), content: 'a ghost', attachmentIds: [] },
        at: noon,
      },
      meta: last!.meta,
    });
    expect(await find('ghost')).toEqual([messageId]);
    expect(await reconcile()).toEqual(right({ upserted: 0, deleted: 1, remaining: 0 }));
    expect(await find('ghost')).toEqual([]);
    expect(await find('wombat')).toHaveLength(7);
  });

  it('leaves alone what the read models only show later', async () => {
    const id = await world.post(here, 'an early bird');
    const follower = world.startFollower();
    await world.settle(follower);
    await follower.stop();
    expect(await reconcile()).toEqual(right({ upserted: 0, deleted: 0, remaining: 0 }));
    expect(await find('bird')).toEqual([id]);
  });

  it('leaves to the follower what it has not come to', async () => {
    await world.post(here, 'a late bird');
    await project(world);
    expect(await reconcile()).toEqual(right({ upserted: 0, deleted: 0, remaining: 0 }));
    expect(await find('late')).toEqual([]);
  });

  it('refuses a guild with more documents than it may compare', async () => {
    const shown = 9;
    expect(await reconcile(shown)).toMatchObject(right({ deleted: 0 }));
    expect(await reconcile(shown - 1)).toEqual({ _tag: 'Left', left: 'TooMany' });
  });

  it('finds nothing to do in a guild that it does not know', async () => {
    const unknown = place(9, 1);
    expect(await reconcile(10, unknown.guildId)).toEqual(
      right({ upserted: 0, deleted: 0, remaining: 0 }),
    );
  });
};
