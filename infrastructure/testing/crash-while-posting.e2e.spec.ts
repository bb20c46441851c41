// The server is killed while many post: nothing that it acknowledged is lost, nothing is there twice.
import { clientOf, type HistoryLine, type Person, settle, signUp, wholeHistory } from './people.ts';
import { createTestSite, GENEROUS, killPostgres, until } from './test-site.ts';

jest.setTimeout(120_000);

const CLIENTS = 8;
const EACH = 40;

const site = createTestSite('crash');
afterAll(site.cleanUp);

it('has every acknowledged message once and in order after two crashes', async () => {
  const dataDirectory = site.newDataDirectory();
  let server = await site.start(dataDirectory, GENEROUS);
  let api = clientOf(site, server);
  const people = await Promise.all(['alice', 'bob'].map((name) => signUp(api, name)));
  const [alice, bob] = people as [Person, Person];
  const place = await settle(api, alice);
  await api.joinGuild(bob.token, place.guildId);

  const acknowledged: HistoryLine[][] = Array.from({ length: CLIENTS }, () => []);
  const count = () => acknowledged.reduce((sum, { length }) => sum + length, 0);
  let lives = 1;
  /** Posts one text, again and again with the same key, until it is acknowledged. */
  const postSurely = async (client: number, index: number): Promise<void> => {
    const { token } = people[client % people.length]!;
    const content = `${client}-${index}`;
    for (;;) {
      const life = lives;
      try {
        const { guildId, channelId } = place;
        const { message_id: id } = await api.post(token, guildId, channelId, content, content);
        acknowledged[client]!.push({ content, id });
        return;
      } catch {
        // Killed, or still starting: the same again in the next life.
        await until('the server lives again', () => lives > life, 60_000);
      }
    }
  };
  const posting = Promise.all(
    acknowledged.map(async (_, client) => {
      for (let index = 0; index < EACH; index += 1) await postSurely(client, index);
    }),
  );
  for (const [share, alsoPostgres] of [
    [0.3, false],
    [0.6, true],
  ] as const) {
    await until('enough is posted', () => count() >= share * CLIENTS * EACH);
    await server.kill();
    if (alsoPostgres) await killPostgres(dataDirectory);
    server = await site.start(dataDirectory, GENEROUS);
    api = clientOf(site, server);
    lives += 1;
  }
  await posting;

  const history = await wholeHistory(api, bob.token, place);
  expect(history).toHaveLength(CLIENTS * EACH);
  expect(history.map(({ id }) => id)).toEqual(history.map(({ id }) => id).toSorted());
  for (const [client, mine] of acknowledged.entries()) {
    // Each answer, also one repeated across a crash, names the very message; and a person's texts stand as they were sent.
    expect(history.filter(({ content }) => content.startsWith(`${client}-`))).toEqual(mine);
    expect(mine.map(({ content }) => content)).toEqual(
      Array.from({ length: EACH }, (__, index) => `${client}-${index}`),
    );
  }
});
