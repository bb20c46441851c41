// Of two processes under load each is killed, stopped and frozen in turn: the other goes on, and nothing is lost or doubled.
import { type ApiClient } from '../api-client/api-client.ts';
import {
  clientOf,
  type HistoryLine,
  type Person,
  type Place,
  settle,
  signUp,
  wholeHistory,
} from './people.ts';
import { type ServerProcess } from './server-process.ts';
import { createTestSite, GENEROUS, runFilament, until } from './test-site.ts';

jest.setTimeout(180_000);

const WRITERS = 8;
const EACH = 50;

const site = createTestSite('process-ends');
afterAll(site.cleanUp);

const isReady = ({ baseUrl }: ServerProcess): Promise<boolean> =>
  fetch(`${baseUrl}/health/ready`).then(
    ({ status }) => status === 200,
    () => false,
  );

/** What a process says of itself. */
const isProjecting = async ({ baseUrl }: ServerProcess): Promise<boolean> => {
  const text = await (await fetch(`${baseUrl}/metrics`)).text();
  const [, value] = /^filament_projecting (\d)$/m.exec(text) ?? [];
  if (value === undefined) throw new Error('The gauge is missing.');
  return value === '1';
};

type Seat = { readonly server: ServerProcess; readonly api: ApiClient };

describe('two processes under load', () => {
  const dataDirectory = site.newDataDirectory();
  const sit = async (): Promise<Seat> => {
    const server = await site.start(dataDirectory, GENEROUS);
    return { server, api: clientOf(site, server) };
  };
  const seats: Seat[] = [];
  const acknowledged: HistoryLine[][] = Array.from({ length: WRITERS }, () => []);
  const count = () => acknowledged.reduce((sum, { length }) => sum + length, 0);
  let people: readonly Person[];
  let place: Place;

  /** Posts one text, again and again with the same key and at whichever process, until it is acknowledged. */
  const postSurely = async (writer: number, index: number): Promise<void> => {
    const { token } = people[writer % people.length]!;
    const content = `${writer}-${index}`;
    const { guildId, channelId } = place;
    let tries = 0;
    await until(
      `${content} is acknowledged`,
      async () => {
        const { api } = seats[(writer + (tries += 1)) % seats.length]!;
        try {
          const { message_id: id } = await api.post(token, guildId, channelId, content, content);
          acknowledged[writer]!.push({ content, id });
          return true;
        } catch {
          return false; // Killed, or still starting
        }
      },
      60_000,
    );
  };
  const leader = async () =>
    (await isProjecting(seats[0]!.server)) ? ([0, 1] as const) : ([1, 0] as const);

  beforeAll(async () => {
    seats.push(await sit());
    people = await Promise.all(['alice', 'bob'].map((name) => signUp(seats[0]!.api, name)));
    place = await settle(seats[0]!.api, people[0]!);
    await seats[0]!.api.joinGuild(people[1]!.token, place.guildId);
    seats.push(await sit());
  });

  it('go on when the one that projects is killed, and when it ends cleanly', async () => {
    const posting = Promise.all(
      acknowledged.map(async (_, writer) => {
        for (let index = 0; index < EACH; index += 1) await postSurely(writer, index);
      }),
    );
    for (const [share, end] of [
      [0.2, 'kill'],
      [0.5, 'stop'],
      [0.7, 'kill'],
    ] as const) {
      await until('enough is posted', () => count() >= share * WRITERS * EACH);
      const [projecting, following] = await leader();
      await seats[projecting]!.server[end]();
      await until('the other one projects', () => isProjecting(seats[following]!.server));
      seats[projecting] = await sit();
    }
    await posting;
  });

  it('have every acknowledged message once, whichever is asked', async () => {
    for (const { api } of seats) {
      const history = await wholeHistory(api, people[1]!.token, place);
      expect(history).toHaveLength(WRITERS * EACH);
      for (const [writer, mine] of acknowledged.entries())
        expect(new Set(history.filter(({ content }) => content.startsWith(`${writer}-`)))).toEqual(
          new Set(mine),
        );
    }
  });

  it('are not ready while the one that projects hangs, and are again once it goes on', async () => {
    const [projecting, following] = await leader();
    const { pid } = seats[projecting]!.server;
    const { server, api } = seats[following]!;
    process.kill(pid, 'SIGSTOP');
    try {
      const { guildId, channelId } = place;
      await api.post(people[0]!.token, guildId, channelId, 'while it hangs');
      await until('the one that follows is not ready', async () => !(await isReady(server)));
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await until('it is ready again', () => isReady(server));
    const history = await wholeHistory(api, people[0]!.token, place);
    expect(history.at(-1)?.content).toBe('while it hangs');
  });

  it('can be stopped while the one that projects hangs', async () => {
    const [projecting, following] = await leader();
    const { pid } = seats[projecting]!.server;
    process.kill(pid, 'SIGSTOP');
    try {
      const { guildId, channelId } = place;
      const { server, api } = seats[following]!;
      await api.post(people[0]!.token, guildId, channelId, 'before the end');
      expect(await server.stop()).toBe(0);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    seats[following] = await sit();
    const { api } = seats[projecting]!;
    const history = await wholeHistory(api, people[0]!.token, place);
    expect(history.at(-1)?.content).toBe('before the end');
  });

  it('leave read models equal to rebuilt ones, and a log that is as sealed', async () => {
    const verify = (...args: readonly string[]) =>
      runFilament([...args, '--json'], { FILAMENT_DATA_DIR: dataDirectory });
    expect(await verify('projections', 'verify', '--full-speed')).toMatchObject({ code: 0 });
    expect(await verify('log', 'verify')).toMatchObject({ code: 0 });
  });
});
