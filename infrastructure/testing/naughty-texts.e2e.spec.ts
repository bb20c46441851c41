// Every text that a person may write, through every field that takes one: refused as the contract says, or kept and given
// back by every reader as it was. What is allowed is read from the contract here anew, not asked of the product's rules.
import { Pool } from 'undici';
import { NAUGHTY_TEXTS } from './naughty-texts.ts';
import { connectWs, type WsClient } from '../gateway/testing/ws-client.ts';
import { clientOf, gatewayUrl, settle, type Person, type Place, signUp } from './people.ts';
import { createTestSite, GENEROUS, until } from './test-site.ts';

jest.setTimeout(180_000);

const site = createTestSite('naughty');
afterAll(site.cleanUp);

type Answer = { readonly status: number; readonly body: unknown; readonly name: string | null };
type Ask = (
  method: string,
  path: string,
  sent?: { readonly body?: unknown; readonly bytes?: string },
) => Promise<Answer>;

let ask: Ask;
let author: Person;
let other: Person;
let place: Place;
let ears: WsClient;
let guild: string;
let channel: string;

/** The file name of a Content-Disposition header, read as RFC 6266 says. */
const fileNameIn = (header: unknown): string | null => {
  if (typeof header !== 'string') return null;
  const extended = /filename\*=UTF-8''([^;]*)/i.exec(header)?.[1];
  if (extended !== undefined) return decodeURIComponent(extended);
  const quoted = /filename="((?:[^"\\]|\\.)*)"/.exec(header)?.[1];
  return quoted?.replaceAll(/\\(.)/g, '$1') ?? /filename=([^;\s]*)/.exec(header)?.[1] ?? null;
};

beforeAll(async () => {
  const server = await site.start(site.newDataDirectory(), {
    ...GENEROUS,
    FILAMENT_MAX_CREATED_GUILDS_PER_USER: '1000',
    FILAMENT_TRUSTED_PROXY_CIDRS: '127.0.0.1/32',
  });
  const api = clientOf(site, server);
  [author, other] = [await signUp(api, 'author'), await signUp(api, 'other')];
  place = await settle(api, author);
  guild = `/guilds/${place.guildId}`;
  channel = `${guild}/channels/${place.channelId}`;
  const pool = new Pool(server.baseUrl, { connections: 8 });
  site.onCleanUp(() => pool.destroy());
  ask = async (method, path, { body, bytes } = {}) => {
    const {
      statusCode,
      headers,
      body: answer,
    } = await pool.request({
      method: method,
      path,
      headers: {
        authorization: `Bearer ${author.token}`,
        'x-forwarded-for': '198.51.100.1',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? (bytes ?? null) : JSON.stringify(body),
    });
    const text = await answer.text();
    const isJson = String(headers['content-type']).startsWith('application/json');
    return {
      status: statusCode,
      body: isJson ? JSON.parse(text) : text,
      name: fileNameIn(headers['content-disposition']),
    };
  };
  ears = await connectWs(`${await gatewayUrl(api)}?access_token=${author.token}`);
  site.onCleanUp(() => ears.socket.terminate());
  ears.send('subscribe', { guild_id: place.guildId, channel_id: place.channelId });
  await ears.frame('voice_participant_sync');
});

const REFUSED = { error: 'invalid_request' };
const bytesOf = (text: string) => Buffer.byteLength(text);
const isStorable = (text: string) => !text.includes('\0') && text.isWellFormed();
const CONTROL = /[\0-\x1f\x7f]/;

/** The value at a path of keys. */
const at = (value: unknown, ...keys: readonly (string | number)[]): unknown =>
  keys.reduce<unknown>(
    (found, key) =>
      found !== null && typeof found === 'object' ? Reflect.get(found, key) : undefined,
    value,
  );
/** The entry of a list that has this id. */
const entry = (list: unknown, key: string, id: unknown): unknown =>
  Array.isArray(list) ? list.find((each) => at(each, key) === id) : undefined;
const textId = (answer: Answer, key: string) => String(at(answer.body, key));

/** Percent-encoded for a URL, half pairs as the bytes that they would be. */
const encoded = (text: string): string =>
  Array.from(text, (character) =>
    character.isWellFormed() ? encodeURIComponent(character) : '%ED%A0%80',
  ).join('');

const faults: string[] = [];
beforeEach(() => faults.splice(0));
const note = (what: string, text: string, found: unknown) =>
  faults.push(`${what}: ${JSON.stringify(text)} became ${JSON.stringify(found)}`);
/** What a reader shows must be the text itself. */
const same = (what: string, text: string, shown: unknown) => {
  if (shown !== text) note(what, text, shown);
};
/** Whether the text was taken; an answer other than the contract's is a fault. */
const taken = (what: string, text: string, allowed: boolean, { status, body }: Answer): boolean => {
  const right = allowed
    ? status === 200
    : status === 400 && JSON.stringify(body) === JSON.stringify(REFUSED);
  if (!right) note(`${what} (${allowed ? 'allowed' : 'not allowed'})`, text, { status, body });
  return allowed && right;
};
/** The last frame of the type for which this holds; waits until it has come. */
const frame = async (t: string, holds: (d: unknown) => boolean): Promise<unknown> => {
  const find = () => ears.frames.findLast((each) => each.t === t && holds(each.d));
  await ears.until(() => find() !== undefined);
  return find()?.d;
};

it('has enough of them, of every plane', () => {
  expect(NAUGHTY_TEXTS.length).toBeGreaterThan(300);
  const planes = new Set(
    NAUGHTY_TEXTS.flatMap((text) => Array.from(text, (each) => each.codePointAt(0)! >> 16)),
  );
  expect(planes.size).toBe(17);
});

it('keeps messages, as posted and as edited, for answers, history, frames and search', async () => {
  const made: { readonly id: string; readonly edited: string; readonly word: string }[] = [];
  const allowed = (text: string) => text !== '' && text.length <= 2_000 && isStorable(text);
  for (const [number, text] of NAUGHTY_TEXTS.entries()) {
    const posted = await ask('POST', `${channel}/messages`, { body: { content: text } });
    if (!taken('post', text, allowed(text), posted)) continue;
    same('the answer to a post', text, at(posted.body, 'content'));
    const id = textId(posted, 'message_id');
    const history = await ask('GET', `${channel}/messages?limit=1`);
    same('the history', text, at(history.body, 'messages', 0, 'content'));
    const heard = await frame('message_create', (d) => at(d, 'message_id') === id);
    same('message_create', text, at(heard, 'content'));

    const word = `word${number}x`;
    const edited = `${text}\n${word}`;
    const patched = await ask('PATCH', `${channel}/messages/${id}`, { body: { content: edited } });
    if (!taken('edit', edited, allowed(edited), patched)) continue;
    same('the answer to an edit', edited, at(patched.body, 'content'));
    const change = await frame('message_update', (d) => at(d, 'message_id') === id);
    same('message_update', edited, at(change, 'updated_fields', 'content'));
    made.push({ id, edited, word });
  }
  expect(made.length).toBeGreaterThan(200);
  for (const { id, edited, word } of made) {
    let found: unknown;
    await until(`${word} is found`, async () => {
      const { body } = await ask('GET', `${guild}/search?q=${word}`);
      found = entry(at(body, 'messages'), 'message_id', id);
      return found !== undefined;
    });
    same('the search', edited, at(found, 'content'));
  }
  expect(faults).toEqual([]);
});

it('keeps reactions', async () => {
  const posted = await ask('POST', `${channel}/messages`, { body: { content: 'react' } });
  const message = `${channel}/messages/${textId(posted, 'message_id')}`;
  for (const text of NAUGHTY_TEXTS) {
    if (text === '' || text === '.' || text === '..') continue; // No segment of a path
    const points = Array.from(text).length;
    const allowed = points <= 32 && isStorable(text) && !/\p{White_Space}/u.test(text);
    const path = `${message}/reactions/${encoded(text)}`;
    const answer = await ask('POST', path);
    // A path too long or with bytes that are no text is no address of anything.
    if (!allowed && (answer.status === 404 || answer.status === 414)) continue;
    if (!taken('reaction', text, allowed, answer)) continue;
    same('the answer to a reaction', text, at(answer.body, 'emoji'));
    const history = await ask('GET', `${channel}/messages?limit=1`);
    same('the history', text, at(history.body, 'messages', 0, 'reactions', 0, 'emoji'));
    await frame('message_reaction', (d) => at(d, 'emoji') === text && at(d, 'operation') === 'add');
    expect((await ask('DELETE', path)).status).toBe(200);
  }
  expect(faults).toEqual([]);
});

it('keeps what people say about themselves, and takes names of the contract only', async () => {
  for (const [number, text] of NAUGHTY_TEXTS.entries()) {
    const about = await ask('PATCH', '/users/me/profile', { body: { about_markdown: text } });
    if (taken('about', text, text.length <= 2_048 && isStorable(text), about)) {
      same('the answer', text, at(about.body, 'about_markdown'));
      const shown = await ask('GET', `/users/${author.userId}/profile`);
      same('the profile', text, at(shown.body, 'about_markdown'));
      same('oneself', text, at((await ask('GET', '/auth/me')).body, 'about_markdown'));
      // Nothing is told of the text that was there before.
      if (text !== '')
        await frame('profile_update', (d) => at(d, 'updated_fields', 'about_markdown') === text);
    }
    const named = await ask('PATCH', '/users/me/profile', { body: { username: text } });
    if (!taken('username', text, /^[A-Za-z0-9_.]{3,32}$/.test(text), named)) continue;
    const looked = await ask('POST', '/users/lookup', { body: { user_ids: [author.userId] } });
    same('the look-up', text, at(looked.body, 'users', 0, 'username'));
    await frame('profile_update', (d) => at(d, 'updated_fields', 'username') === text);
    await ask('PATCH', '/users/me/profile', { body: { username: `author_${number}` } });
  }
  expect(faults).toEqual([]);
});

it('keeps names of guilds, channels and roles', async () => {
  const isName = (text: string) => /^[\x20-\x7e]{1,64}$/.test(text);
  for (const text of NAUGHTY_TEXTS) {
    const renamed = await ask('PATCH', guild, { body: { name: text } });
    if (taken('guild', text, isName(text), renamed)) {
      same('the answer', text, at(renamed.body, 'name'));
      const listed = await ask('GET', '/guilds');
      same(
        'the list',
        text,
        at(entry(at(listed.body, 'guilds'), 'guild_id', place.guildId), 'name'),
      );
      const directory = await ask('GET', '/guilds/public?limit=50');
      same(
        'the directory',
        text,
        at(entry(at(directory.body, 'guilds'), 'guild_id', place.guildId), 'name'),
      );
      await frame('workspace_update', (d) => at(d, 'updated_fields', 'name') === text);
    }
    const made = await ask('POST', `${guild}/channels`, { body: { name: text } });
    if (taken('channel', text, isName(text), made)) {
      const id = textId(made, 'channel_id');
      same('the answer', text, at(made.body, 'name'));
      const listed = await ask('GET', `${guild}/channels`);
      same('the list', text, at(entry(at(listed.body, 'channels'), 'channel_id', id), 'name'));
      const heard = await frame('channel_create', (d) => at(d, 'channel', 'channel_id') === id);
      same('channel_create', text, at(heard, 'channel', 'name'));
    }
    await roundTripOfRole(text);
  }
  expect(faults).toEqual([]);
});

const roundTripOfRole = async (text: string) => {
  const name = text.trim(); // As the contract says
  const reserved = name === '@everyone' || name.toLowerCase() === 'workspace_owner';
  const allowed =
    name !== '' && bytesOf(name) <= 32 && !CONTROL.test(name) && isStorable(name) && !reserved;
  const made = await ask('POST', `${guild}/roles`, {
    body: { name: text, permissions: [], position: 2 },
  });
  if (!taken('role', text, allowed, made)) return;
  const id = textId(made, 'role_id');
  same('the answer', name, at(made.body, 'name'));
  const { body } = await ask('GET', `${guild}/roles`);
  same('the list', name, at(entry(at(body, 'roles'), 'role_id', id), 'name'));
  const heard = await frame('workspace_role_create', (d) => at(d, 'role', 'role_id') === id);
  same('workspace_role_create', name, at(heard, 'role', 'name'));
  const patched = await ask('PATCH', `${guild}/roles/${id}`, { body: { name: text } });
  same('a change to the same', name, at(patched.body, 'name'));
  await ask('DELETE', `${guild}/roles/${id}`);
};

it('keeps reasons of bans', async () => {
  const allowed = (text: string) => text.trim() !== '' && bytesOf(text) <= 240 && isStorable(text);
  for (const text of NAUGHTY_TEXTS) {
    const ban = await ask('POST', `${guild}/members/${other.userId}/ban`, {
      body: { reason: text },
    });
    if (!taken('reason', text, allowed(text), ban)) continue;
    const { body } = await ask('GET', `${guild}/bans`);
    same('the list of bans', text, at(entry(at(body, 'bans'), 'user_id', other.userId), 'reason'));
    expect((await ask('DELETE', `${guild}/bans/${other.userId}`)).status).toBe(200);
  }
  expect(faults).toEqual([]);
});

it('keeps names of files, also in the header of a download', async () => {
  const invisible = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
  for (const text of NAUGHTY_TEXTS) {
    const allowed =
      text !== '' &&
      bytesOf(text) <= 128 &&
      isStorable(text) &&
      !/[/\\]/.test(text) &&
      !invisible.test(text) &&
      text !== '.' &&
      text !== '..';
    const sent = await ask('POST', `${channel}/attachments?filename=${encoded(text)}`, {
      bytes: 'text',
    });
    if (!taken('file', text, allowed, sent)) continue;
    same('the answer', text, at(sent.body, 'filename'));
    const id = textId(sent, 'attachment_id');
    same('the download', text, (await ask('GET', `${channel}/attachments/${id}`)).name);
    const posted = await ask('POST', `${channel}/messages`, {
      body: { content: '', attachment_ids: [id] },
    });
    const message = textId(posted, 'message_id');
    const heard = await frame('message_create', (d) => at(d, 'message_id') === message);
    same('message_create', text, at(heard, 'attachments', 0, 'filename'));
    const history = await ask('GET', `${channel}/messages?limit=1`);
    same('the history', text, at(history.body, 'messages', 0, 'attachments', 0, 'filename'));
  }
  expect(faults).toEqual([]);
});

it('answers every search or refuses it, in guilds and in the directory', async () => {
  for (const text of NAUGHTY_TEXTS) {
    for (const path of [`${guild}/search?q=`, '/guilds/public?q=']) {
      const { status, body } = await ask('GET', `${path}${encoded(text)}`);
      if (status !== 200 && (status !== 400 || at(body, 'error') !== 'invalid_request'))
        note(path, text, { status, body });
    }
  }
  expect(faults).toEqual([]);
});
