// The guild that every actor comes to, made over the public API of a real server; and how each asks.
import { Pool } from 'undici';
import { type ApiClient } from '../../api-client/api-client.ts';
import { clientOf, type Person, signIn, signUp } from '../people.ts';
import { type ServerProcess } from '../server-process.ts';
import { GENEROUS, runFilament, type TestSite, until } from '../test-site.ts';
import { type Actor, HOLDERS, isStranger, SIGNED_IN, type SignedIn } from './actors.ts';

const ADDRESS = '198.51.100.1';
export const BARRED_ADDRESS = '203.0.113.9';
const SPARE_ADDRESS = '203.0.113.77'; // Barred and let in again, time after time
const SERVER_OWNER_PASSWORD = 'the password of server owner';
export const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
// People of the story who ask nothing.
const EXTRAS = ['victim', 'barred', 'spare', 'friend', 'other friend'] as const;
type Name = SignedIn | (typeof EXTRAS)[number];

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly bytes?: string | Buffer | undefined;
  readonly address?: string;
};
export type Heard = { readonly status: number; readonly body: unknown };

export type Stage = {
  readonly server: ServerProcess;
  readonly api: ApiClient;
  readonly ask: (actor: Actor, asked: Asked) => Promise<Heard>;
  /** Asks as one of the people and expects success; gives the answer's field. */
  readonly done: (name: Name, asked: Asked, field?: string) => Promise<string>;
  readonly tokenOf: (actor: Actor) => string | null;
  readonly addressOf: (actor: Actor) => string;
  readonly personOf: (name: Name) => Person;
  readonly guildId: string;
  readonly channelId: string;
  readonly roleOf: ReadonlyMap<SignedIn, string>;
  /** Another guild, which the outsider owns, with one of everything that a path can name. */
  readonly elsewhere: Readonly<Record<string, string>>;
  readonly requestId: string; // Of friendship, between two others
};

export const usernameOf = (name: string): string => name.replaceAll(' ', '.').slice(0, 32);

const parsed = (text: string): unknown => {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return text;
  }
};

const createAsk = (pool: Pool) => {
  return async (token: string | null, asked: Asked): Promise<Heard> => {
    const { method, path, body, bytes, address = ADDRESS } = asked;
    const { statusCode, body: answer } = await pool.request({
      method: method,
      path,
      headers: {
        'x-forwarded-for': address,
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? (bytes ?? null) : JSON.stringify(body),
    });
    return { status: statusCode, body: parsed(await answer.text()) };
  };
};

const fieldOf = ({ body }: Heard, field: string): string => {
  const value: unknown = body !== null && typeof body === 'object' && Reflect.get(body, field);
  return Array.isArray(value) ? String(value[0]) : String(value);
};

/** Whom the configuration must name, and whose token must have ended, exist before the server that is asked. */
const beforehand = async (site: TestSite, dataDirectory: string) => {
  const server = await site.start(dataDirectory, {
    ...GENEROUS,
    FILAMENT_ACCESS_TOKEN_TTL_SECS: '5', // Long enough for a busy machine to use it once
  });
  const api = clientOf(site, server);
  const expired = await signUp(api, 'expired');
  await api.register('server.owner', SERVER_OWNER_PASSWORD);
  const tokens = await api.login('server.owner', SERVER_OWNER_PASSWORD);
  const { user_id: serverOwnerId } = await api.me(tokens.access_token);
  await server.stop();
  return { expired: expired.token, serverOwnerId };
};

/** A server that has an owner, and believes in addresses that it is told. */
export const openOwnedServer = async (site: TestSite) => {
  const dataDirectory = site.newDataDirectory();
  const { expired, serverOwnerId } = await beforehand(site, dataDirectory);
  const server = await site.start(dataDirectory, {
    ...GENEROUS,
    FILAMENT_SERVER_OWNER_USER_ID: serverOwnerId,
    FILAMENT_TRUSTED_PROXY_CIDRS: '127.0.0.1/32',
    FILAMENT_MAX_CREATED_GUILDS_PER_USER: '1000',
  });
  const pool = new Pool(server.baseUrl, { connections: 4 });
  site.onCleanUp(() => pool.destroy());
  const api = clientOf(site, server);
  const serverOwner = () => signIn(api, usernameOf('server owner'), SERVER_OWNER_PASSWORD);
  const operate = (args: readonly string[]) =>
    runFilament(args, {
      FILAMENT_DATA_DIR: dataDirectory,
      FILAMENT_SERVER_OWNER_USER_ID: serverOwnerId,
    });
  return { expired, server, api, askAs: createAsk(pool), serverOwner, operate };
};

export const setTheStage = async (site: TestSite): Promise<Stage> => {
  const { expired, server, api, askAs, serverOwner } = await openOwnedServer(site);

  const people = new Map<string, Person>();
  for (const name of [...SIGNED_IN, ...EXTRAS]) {
    if (name === 'owner at a barred address') continue;
    const username = usernameOf(name);
    people.set(name, name === 'server owner' ? await serverOwner() : await signUp(api, username));
  }
  const personOf = (name: Name): Person =>
    people.get(name === 'owner at a barred address' ? 'owner' : name)!;
  const revoked = await signIn(api, 'member', 'the password of member');
  await api.request('POST', '/auth/logout', { body: { refresh_token: revoked.refreshToken } });

  const tokenOf = (actor: Actor): string | null => {
    if (!isStranger(actor)) return personOf(actor).token;
    const tokens = { anonymous: null, 'malformed token': 'v4.public.x', expired, revoked: null };
    return actor === 'revoked' ? revoked.token : tokens[actor];
  };
  const addressOf = (actor: Actor) =>
    actor === 'owner at a barred address' ? BARRED_ADDRESS : ADDRESS;
  const ask: Stage['ask'] = (actor, asked) =>
    askAs(tokenOf(actor), { address: addressOf(actor), ...asked });
  const done: Stage['done'] = async (name, asked, field) => {
    const heard = await askAs(personOf(name).token, asked);
    if (heard.status >= 300)
      throw new Error(
        `${asked.method} ${asked.path}: ${heard.status} ${JSON.stringify(heard.body)}`,
      );
    return field === undefined ? '' : fieldOf(heard, field);
  };

  const makeGuild = async (name: Name) => {
    const body = { name: 'A guild', visibility: 'public' };
    const guildId = await done(name, { method: 'POST', path: '/guilds', body }, 'guild_id');
    const path = `/guilds/${guildId}/channels`;
    const channelId = await done(
      name,
      { method: 'POST', path, body: { name: 'general' } },
      'channel_id',
    );
    return { guildId, channelId };
  };
  const place = await makeGuild('owner');
  const guild = `/guilds/${place.guildId}`;
  const byOwner = (method: string, path: string, body?: unknown, field?: string) =>
    done('owner', { method, path: `${guild}${path}`, body }, field);

  const join = (name: Name, address = ADDRESS) =>
    done(name, { method: 'POST', path: `${guild}/join`, address });
  for (const name of ['banned', 'member', 'muted', 'moderator', 'victim', ...HOLDERS] as const)
    await join(name);
  await join('barred', BARRED_ADDRESS);
  await join('spare', SPARE_ADDRESS);
  await byOwner('POST', '/ip-bans/by-user', { target_user_id: personOf('barred').userId });
  await byOwner('PATCH', `/members/${personOf('moderator').userId}`, { role: 'moderator' });
  await byOwner('POST', `/members/${personOf('banned').userId}/ban`);
  await byOwner(
    'POST',
    `/channels/${place.channelId}/permission-overrides/member/${personOf('muted').userId}`,
    { allow: [], deny: ['create_message'] },
  );
  const roleOf = new Map<SignedIn, string>();
  for (const holder of HOLDERS) {
    const permissions = [holder.replace('holds ', '')];
    const role = { name: usernameOf(holder), permissions, position: 50 };
    const roleId = await byOwner('POST', '/roles', role, 'role_id');
    await byOwner('POST', `/roles/${roleId}/members/${personOf(holder).userId}`);
    roleOf.set(holder, roleId);
  }
  for (const picture of ['avatar', 'banner'])
    await done('victim', {
      method: 'POST',
      path: `/users/me/profile/${picture}`,
      bytes: PICTURE,
    });
  const recipient = { recipient_user_id: personOf('other friend').userId };
  const requestId = await done(
    'friend',
    { method: 'POST', path: '/friends/requests', body: recipient },
    'request_id',
  );
  await until('the token has expired', async () => {
    const { status } = await askAs(expired, { method: 'GET', path: '/auth/me' });
    return status === 401;
  });
  const elsewhere = await fillElsewhere(await makeGuild('outsider'), done, personOf);
  return {
    server,
    api,
    ask,
    done,
    tokenOf,
    addressOf,
    personOf,
    ...place,
    roleOf,
    elsewhere,
    requestId,
  };
};

/** One of everything in the outsider's guild. */
const fillElsewhere = async (
  { guildId, channelId }: { readonly guildId: string; readonly channelId: string },
  done: Stage['done'],
  personOf: Stage['personOf'],
): Promise<Stage['elsewhere']> => {
  const guild = `/guilds/${guildId}`;
  const channel = `${guild}/channels/${channelId}`;
  const post = (path: string, body: unknown, field: string) =>
    done('outsider', { method: 'POST', path, body }, field);
  await done('spare', { method: 'POST', path: `${guild}/join`, address: SPARE_ADDRESS });
  const attached = { method: 'POST', path: `${channel}/attachments?filename=b.txt`, bytes: 'text' };
  return {
    guildId,
    channelId,
    messageId: await post(`${channel}/messages`, { content: 'elsewhere' }, 'message_id'),
    attachmentId: await done('outsider', attached, 'attachment_id'),
    roleId: await post(`${guild}/roles`, { name: 'there', permissions: [] }, 'role_id'),
    banId: await post(
      `${guild}/ip-bans/by-user`,
      { target_user_id: personOf('spare').userId },
      'ban_ids',
    ),
  };
};

export { SPARE_ADDRESS };
