// Who is online is known at each of two processes, whichever of them a person is connected to.
import { type ApiClient } from '../api-client/api-client.ts';
import { clientOf, listen, listenIn, type Person, type Place, settle, signUp } from './people.ts';
import { type ServerProcess } from './server-process.ts';
import { untilTheyMeet } from './peers-heard.ts';
import { createTestSite, GENEROUS, until } from './test-site.ts';

jest.setTimeout(180_000);

const site = createTestSite('presence-processes');
afterAll(site.cleanUp);

type Serving = { readonly server: ServerProcess; readonly api: ApiClient };

let dataDirectory: string;
const start = async (): Promise<Serving> => {
  const server = await site.start(dataDirectory, {
    ...GENEROUS,
    FILAMENT_MAX_CREATED_GUILDS_PER_USER: '1000',
  });
  return { server, api: clientOf(site, server) };
};

const meet = (...all: readonly Serving[]) => untilTheyMeet(all.map(({ server }) => server.baseUrl));

let a: Serving;
let b: Serving;
let owner: Person;
beforeAll(async () => {
  dataDirectory = site.newDataDirectory();
  a = await start();
  b = await start();
  await meet(a, b);
  owner = await signUp(a.api, 'owner');
});

type Listener = Awaited<ReturnType<typeof listenIn>>;
const statusesOf = ({ heard }: Listener, { userId }: Person) =>
  heard().flatMap(({ t, d }) => (t === 'presence_update' && d.user_id === userId ? d.status : []));
const lastSync = ({ heard }: Listener) =>
  heard()
    .flatMap(({ t, d }) => (t === 'presence_sync' ? [d.user_ids] : []))
    .at(-1);
/** Waits until it is known at the process that the person may. */
const mayRead = ({ api }: Serving, { token }: Person, { guildId, channelId }: Place) =>
  until('the person may read', async () => {
    const path = `/guilds/${guildId}/channels/${channelId}/messages`;
    return (await api.request('GET', path, { token })).status === 200;
  });
const listenAt = async (serving: Serving, person: Person, place: Place): Promise<Listener> => {
  await mayRead(serving, person, place);
  return listenIn(site, serving.api, person, place);
};

let people = 0;
/** A guild of the owner's that a new person has joined. */
const meetPerson = async ({ api }: Serving) => {
  const place = await settle(api, owner);
  const person = await signUp(api, `person_${(people += 1)}`);
  await api.joinGuild(person.token, place.guildId);
  return { place, person };
};

describe.each([
  ['the first process', () => [a, b] as const],
  ['the second process', () => [b, a] as const],
])('a person connected to %s', (_, processes) => {
  it('is online at the other, until the last of their sockets is gone', async () => {
    const [here, there] = processes();
    const { place, person } = await meetPerson(here);
    const witness = await listenAt(there, owner, place);
    const first = await listenAt(here, person, place);
    await witness.until(() => statusesOf(witness, person).length === 1);
    // Whoever comes later is told at once, and one who is online already is no news.
    const second = await listenAt(there, person, place);
    expect(new Set(lastSync(second))).toEqual(new Set([owner.userId, person.userId]));
    const late = await listenAt(here, owner, place);
    expect(new Set(lastSync(late))).toEqual(new Set([owner.userId, person.userId]));
    first.socket.terminate();
    const stranger = await meetPerson(here);
    await here.api.joinGuild(stranger.person.token, place.guildId);
    const marker = await listenAt(here, stranger.person, place);
    // By now the witness would have heard that the first socket went.
    await witness.until(() => statusesOf(witness, stranger.person).length === 1);
    expect(statusesOf(witness, person)).toEqual(['online']);
    second.socket.terminate();
    await witness.until(() => statusesOf(witness, person).length === 2);
    await marker.until(() => statusesOf(marker, person).length === 1);
    expect(statusesOf(witness, person)).toEqual(['online', 'offline']);
    expect(statusesOf(marker, person)).toEqual(['offline']);
  });

  it('is not shown to those who are not in the guild', async () => {
    const [here, there] = processes();
    const { place, person } = await meetPerson(here);
    const other = await meetPerson(there);
    const outsider = await listenAt(there, other.person, other.place);
    outsider.send('subscribe', { guild_id: place.guildId, channel_id: place.channelId });
    const witness = await listenAt(there, owner, place);
    await listenAt(here, person, place);
    await witness.until(() => statusesOf(witness, person).length === 1);
    const before = outsider.heard();
    outsider.send('subscribe', {
      guild_id: other.place.guildId,
      channel_id: other.place.channelId,
    });
    await outsider.until(() => outsider.heard().length >= before.length + 3);
    expect(JSON.stringify(outsider.heard())).not.toContain(person.userId);
  });

  it.each([
    ['a kick', 'POST', (userId: string) => `/members/${userId}/kick`],
    ['a ban', 'POST', (userId: string) => `/members/${userId}/ban`],
    ['a leave', 'DELETE', () => '/members/me'],
  ] as const)('is offline at both after %s through the other', async (_name, method, path) => {
    const [here, there] = processes();
    const { place, person } = await meetPerson(here);
    const [witness, beside] = [
      await listenAt(there, owner, place),
      await listenAt(here, owner, place),
    ];
    await listenAt(here, person, place);
    await witness.until(() => statusesOf(witness, person).length === 1);
    const { token } = method === 'DELETE' ? person : owner;
    const answer = await there.api.request(
      method,
      `/guilds/${place.guildId}${path(person.userId)}`,
      { token },
    );
    expect(answer.status).toBeLessThan(300);
    for (const ears of [witness, beside]) {
      await ears.until(() => statusesOf(ears, person).length === 2);
      expect(statusesOf(ears, person)).toEqual(['online', 'offline']);
    }
    const late = await listenAt(there, owner, place);
    expect(lastSync(late)).toEqual([owner.userId]);
  });
});

describe('of two people connected to a process that ends, one comes back elsewhere', () => {
  const endProcess = async (end: (server: ServerProcess) => Promise<unknown>) => {
    const { place, person: lost } = await meetPerson(a);
    const back = await signUp(a.api, `person_${(people += 1)}`);
    await a.api.joinGuild(back.token, place.guildId);
    const ending = await start();
    await meet(a, b, ending);
    const witness = await listenAt(a, owner, place);
    await listenAt(ending, lost, place);
    const before = await listenAt(ending, back, place);
    await witness.until(() =>
      [lost, back].every((person) => statusesOf(witness, person).length === 1),
    );
    // All but the last word is ready before, so that a busy machine can't make it late.
    await mayRead(b, back, place);
    const elsewhere = await listen(site, b.api, back);
    const ended = end(ending.server);
    await before.closed;
    elsewhere.send('subscribe', { guild_id: place.guildId, channel_id: place.channelId });
    await elsewhere.frame('subscribed');
    await ended;
    await witness.until(() => statusesOf(witness, lost).length === 2);
    expect(statusesOf(witness, lost)).toEqual(['online', 'offline']);
    expect(statusesOf(witness, back)).toEqual(['online']);
    const again = await listenAt(a, lost, place);
    await witness.until(() => statusesOf(witness, lost).length === 3);
    expect(new Set(lastSync(again))).toEqual(
      new Set([owner, lost, back].map(({ userId }) => userId)),
    );
    await meet(a, b);
  };

  it('and the other goes offline, when it is killed', () => endProcess(({ kill }) => kill()));

  it('and the other goes offline, when it is stopped', () => endProcess(({ stop }) => stop()));
});
