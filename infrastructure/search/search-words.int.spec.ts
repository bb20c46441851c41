import { openPostgresBackend } from './testing/backends.ts';
import { describeWords } from './testing/search-index-contract.ts';
import { createPostgresSearchWorld, place } from './testing/search-world.ts';

describe('the words of the index in PostgreSQL', () => describeWords(openPostgresBackend));

it('forgets a word with the last message that held it', async () => {
  const world = await createPostgresSearchWorld();
  const follower = world.startFollower();
  const here = place(1, 1);
  const terms = async () =>
    (await world.pool.query<{ term: string }>('SELECT term FROM rm_search.term')).rows;
  const id = await world.post(here, 'wombat');
  await world.settle(follower);
  expect(await terms()).toEqual([{ term: 'wombat' }]);
  await world.edit(here, id, 'quokka');
  await world.settle(follower);
  expect(await terms()).toEqual([{ term: 'quokka' }]);
  await world.remove(here, id);
  await world.settle(follower);
  expect(await terms()).toEqual([]);
  await follower.stop();
  await world.close();
});
