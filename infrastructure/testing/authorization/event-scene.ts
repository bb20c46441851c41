// The guild in which the rows of the matrix of events happen, made anew for each; and whoever listens, on real sockets.
import { connectWs, type WsClient } from '../../gateway/testing/ws-client.ts';
import { gatewayUrl, type Person, signUp } from '../people.ts';
import { type TestSite, until } from '../test-site.ts';
import { type Act, GUILD, type Hearer, HEARERS, PEOPLE, type PersonName } from './event-row.ts';
import { openOwnedServer, SPARE_ADDRESS, usernameOf } from './stage.ts';

const ADDRESS = '198.51.100.1';
const HOUR_SECS = 3600;

export type HeardFrame = { readonly t: string; readonly d: Readonly<Record<string, unknown>> };
export type Names = Map<string, unknown>;

const camelCased = (name: string) =>
  name.replaceAll(/ (\w)/g, (_, first: string) => first.toUpperCase());
export const idName = (name: string) => `${camelCased(name)}Id`;
const ownerOf = (hearer: Exclude<Hearer, 'opened'>): PersonName =>
  hearer === 'member again' ? 'member' : hearer;

/** `{name}` in text and `$name` in data by what they stand for. */
const inPath = (path: string, names: Names): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = names.get(name);
    return typeof value === 'string' ? value : `no ${name}`;
  });
export const filledIn = (value: unknown, names: Names): unknown => {
  if (typeof value === 'string' && value.startsWith('$')) return names.get(value.slice(1)) ?? value;
  if (Array.isArray(value)) return value.map((each) => filledIn(each, names));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, filledIn(each, names)]),
  );
};

const openTheatre = async (site: TestSite) => {
  const { api, askAs, serverOwner, operate } = await openOwnedServer(site);
  const people = new Map<PersonName, Person>();
  for (const name of PEOPLE)
    people.set(
      name,
      name === 'server owner' ? await serverOwner() : await signUp(api, usernameOf(name)),
    );
  const personOf = (name: PersonName): Person => people.get(name)!;
  /** Asks, and expects an answer below 500. */
  const ask = async (
    by: PersonName,
    asks: string,
    rest: {
      readonly body?: unknown;
      readonly bytes?: string | Buffer;
      readonly address?: string;
    } = {},
  ): Promise<Readonly<Record<string, unknown>>> => {
    const [method = '', path = ''] = asks.split(' ');
    const { status, body } = await askAs(personOf(by).token, {
      address: ADDRESS,
      method,
      path,
      ...rest,
    });
    if (status >= 500) throw new Error(`${asks}: ${status}`);
    return { ...(body !== null && typeof body === 'object' ? body : {}), status };
  };
  /** Asks what no row is about, and what must succeed. */
  const must: typeof ask = async (by, asks, rest) => {
    const answer = await ask(by, asks, rest);
    if (Number(answer['status']) >= 300)
      throw new Error(`${asks} by ${by}: ${String(answer['status'])}`);
    return answer;
  };
  const befriend = async (one: PersonName, other: PersonName) => {
    const recipient = { recipient_user_id: personOf(other).userId };
    const { request_id: id } = await must(one, 'POST /friends/requests', { body: recipient });
    await must(other, `POST /friends/requests/${String(id)}/accept`);
  };
  for (const name of PEOPLE) if (name !== 'beacon') await befriend('beacon', name);
  await befriend('member', 'friend');
  const elsewhere = await must('neighbour', 'POST /guilds', { body: { name: 'Elsewhere' } });
  const guildPath = `/guilds/${String(elsewhere['guild_id'])}`;
  const channel = await must('neighbour', `POST ${guildPath}/channels`, {
    body: { name: 'there' },
  });
  return {
    url: await gatewayUrl(api),
    ask,
    must,
    operate,
    personOf,
    neighbourhood: { guild_id: elsewhere['guild_id'], channel_id: channel['channel_id'] },
  };
};

// A command that always fails, so that its answer shows that the commands before it are done.
const NOWHERE = {
  guild_id: '01J00000000000000000000000',
  channel_id: '01J00000000000000000000000',
};
const ASKED = 'asked';
const isAnswered = ({ t, d }: HeardFrame) => t === 'command_failed' && d['nonce'] === ASKED;

const openSocket = async (
  { url, personOf }: Theatre,
  name: PersonName,
  rest = '',
): Promise<WsClient> => {
  const socket = await connectWs(`${url}?access_token=${personOf(name).token}${rest}`);
  await socket.frame('ready');
  return socket;
};

type Theatre = Awaited<ReturnType<typeof openTheatre>>;

/** The guild, its people, and all that a row may name. */
const makeGuild = async ({ must, personOf }: Theatre): Promise<Names> => {
  const names: Names = new Map(PEOPLE.map((name) => [idName(name), personOf(name).userId]));
  names.set('inAnHour', Math.floor(Date.now() / 1000) + HOUR_SECS);
  const body = { name: 'The guild', visibility: 'public' };
  const { guild_id: guildId } = await must('owner', 'POST /guilds', { body });
  names.set('guildId', guildId);
  const byOwner = (asks: string, rest?: unknown) =>
    must('owner', inPath(asks, names), rest === undefined ? {} : { body: rest });
  for (const [name, id] of [
    ['general', 'channelId'],
    ['second', 'secondId'],
  ] as const)
    names.set(id, (await byOwner(`POST ${GUILD}/channels`, { name }))['channel_id']);
  await Promise.all(
    (
      [
        'moderator',
        'member',
        'elsewhere',
        'blind',
        'idle',
        'victim',
        'banned',
        'kicked',
        'gone',
        'spare',
      ] as const
    ).map((name) =>
      must(
        name,
        inPath(`POST ${GUILD}/join`, names),
        name === 'spare' ? { address: SPARE_ADDRESS } : {},
      ),
    ),
  );
  await byOwner(`PATCH ${GUILD}/members/{moderatorId}`, { role: 'moderator' });
  await byOwner(`POST ${GUILD}/channels/{channelId}/permission-overrides/member/{blindId}`, {
    allow: [],
    deny: ['create_message'],
  });
  const { roles } = await byOwner(`GET ${GUILD}/roles`);
  for (const { name, role_id: id } of roles as { name: string; role_id: string }[])
    names.set(`${name.replace('@', '')}RoleId`, id);
  return names;
};

const subscriptionOf = (hearer: Hearer, names: Names, { neighbourhood }: Theatre): unknown => {
  if (['idle', 'stranger', 'friend'].includes(hearer)) return null;
  if (hearer === 'neighbour') return neighbourhood;
  const second = hearer === 'elsewhere' || hearer === 'blind';
  return filledIn({ guild_id: '$guildId', channel_id: second ? '$secondId' : '$channelId' }, names);
};

export type Scene = {
  readonly names: Names;
  /** Does it, and names what the answer has; gives the status of an answer over HTTP. */
  readonly perform: (act: Act) => Promise<unknown>;
  /** Waits until everyone has heard whatever was caused before. */
  readonly settle: () => Promise<void>;
  /** What each socket has heard since the last `forget`, without the beacon's news. */
  readonly heard: () => ReadonlyMap<Hearer, readonly HeardFrame[]>;
  readonly forget: () => void;
  readonly close: () => Promise<void>;
};

/** Names the fields of an answer; of a list, its first. */
const nameAnswer = (answer: Readonly<Record<string, unknown>>, names: Names): void => {
  for (const [field, value] of Object.entries(answer))
    names.set(`made_${field}`, Array.isArray(value) ? (value as unknown[])[0] : value);
};

const createActs =
  (theatre: Theatre, names: Names, sockets: Map<Hearer, WsClient>): Scene['perform'] =>
  async (act) => {
    if ('asks' in act) {
      const { by, asks, body, bytes } = act;
      const answer = await theatre.ask(by, inPath(asks, names), {
        ...(body !== undefined && { body: filledIn(body, names) }),
        ...(bytes !== undefined && { bytes }),
      });
      nameAnswer(answer, names);
      return answer['status'];
    }
    if ('runs' in act) {
      const { code, output } = await theatre.operate(act.runs.map((text) => inPath(text, names)));
      if (code !== 0) throw new Error(`${act.runs.join(' ')}: ${output}`);
      return undefined;
    }
    if ('sends' in act) {
      const socket = sockets.get(act.by)!;
      socket.send(act.sends, filledIn(act.d, names));
      // Commands of one socket are taken in turn: after the refusal of this one, the one before is done.
      socket.send('message_create', { ...NOWHERE, content: '', nonce: ASKED });
      await socket.until(() => socket.frames.some(isAnswered));
    } else if ('opens' in act) {
      const rest = act.opens === 'a socket' ? '' : '&places=resume';
      const socket = await openSocket(theatre, act.by, rest);
      sockets.set('opened', socket);
      const { d } = await socket.frame('ready');
      names.set('installation', d['installation_id']);
      names.set('placeOfReady', d['position']);
    } else {
      const socket = sockets.get(act.by)!;
      socket.socket.close();
      await socket.closed;
    }
    return undefined;
  };

// Subscribed in the guild from the beginning.
const ONLINE: readonly PersonName[] = [
  'owner',
  'moderator',
  'member',
  'elsewhere',
  'blind',
  'victim',
  'server owner',
];

/** Only a socket that may resume is told the place of a frame. */
const withoutPlace = (frame: HeardFrame): HeardFrame =>
  Object.fromEntries(Object.entries(frame).filter(([key]) => key !== 's')) as HeardFrame;

/** A socket that may resume is told nothing until it has. */
const isWaiting = (frames: readonly HeardFrame[]): boolean =>
  frames.some(({ d }) => 'installation_id' in d) &&
  !frames.some(({ t }) => t === 'resumed' || t === 'resume_refused');

const isNews = ({ t, d }: HeardFrame, beacon: unknown) =>
  t === 'profile_update' && d['user_id'] === beacon;

const createScene = async (theatre: Theatre, news: () => string): Promise<Scene> => {
  const names = await makeGuild(theatre);
  const sockets = new Map<Hearer, WsClient>();
  for (const hearer of HEARERS) {
    const socket = await openSocket(theatre, ownerOf(hearer));
    sockets.set(hearer, socket);
    const place = subscriptionOf(hearer, names, theatre);
    if (place === null) continue;
    socket.send('subscribe', place);
    await until(`${hearer} is subscribed`, () =>
      socket.frames.some(({ t }) => t === 'voice_participant_sync'),
    );
  }
  const perform = createActs(theatre, names, sockets);
  for (const [by, asks] of [
    ['owner', `POST ${GUILD}/members/{bannedId}/ban`],
    ['owner', `POST ${GUILD}/members/{kickedId}/kick`],
    ['gone', `DELETE ${GUILD}/members/me`],
  ] as const)
    await theatre.must(by, inPath(asks, names));
  const online = ONLINE.map((name) => names.get(idName(name)));
  names.set('online', online);
  names.set('onlineWithIdle', [...online, names.get('idleId')]);
  const beacon = names.get('beaconId');
  const from = new Map<Hearer, number>();
  return {
    names,
    perform,
    settle: async () => {
      const about = news();
      await theatre.must('beacon', 'PATCH /users/me/profile', { body: { about_markdown: about } });
      const hasCome = ({ frames, socket }: WsClient) =>
        socket.readyState !== socket.OPEN ||
        isWaiting(frames) ||
        frames.some(
          (frame) => isNews(frame, beacon) && JSON.stringify(frame.d).includes(`"${about}"`),
        );
      for (const [hearer, socket] of sockets)
        await until(`${hearer} hears the news`, () => hasCome(socket));
    },
    heard: () =>
      new Map(
        [...sockets].map(([hearer, { frames }]) => [
          hearer,
          frames
            .slice(from.get(hearer) ?? 0)
            .filter((frame) => !isNews(frame, beacon) && !isAnswered(frame))
            .map((frame) => (hearer === 'opened' ? withoutPlace(frame) : frame)),
        ]),
      ),
    forget: () => {
      for (const [hearer, { frames }] of sockets) from.set(hearer, frames.length);
    },
    close: async () => {
      for (const { socket, closed } of sockets.values()) {
        socket.terminate();
        await closed;
      }
    },
  };
};

/** Opens the server of a spec; the function it resolves to makes a scene of its own for each row. */
export const openScenes = async (site: TestSite): Promise<() => Promise<Scene>> => {
  const theatre = await openTheatre(site);
  let told = 0;
  return () => createScene(theatre, () => `news ${(told += 1)}`);
};
