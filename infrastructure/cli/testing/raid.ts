// A community, and what a stolen moderator account does to it, over the public API like anybody.
import * as t from 'io-ts';
import { type ApiClient } from '../../api-client/api-client.ts';
import { type ChannelId, type MessageId } from '../../../domain/shared/ids.ts';
import { PERMISSION_NAMES } from '../../../domain/permission/permissions.ts';
import { type Person, type Place, settle, signUp } from '../../testing/people.ts';

const AT_ONCE = 16;
const MEMBERS = 20;
const Made = t.type({ role_id: t.string });
const Id = t.type({ channel_id: t.string });
const Channels = t.type({ channels: t.array(Id) });

/** Does them all, so many at once, in any order. */
export const allOf = async <Item>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<unknown>,
): Promise<void> => {
  const waiting = items.entries();
  const worker = async () => {
    for (const [index, item] of waiting) await work(item, index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
};

export type Community = {
  readonly api: ApiClient;
  readonly place: Place;
  readonly owner: Person;
  readonly mod: Person;
  readonly troll: Person;
  readonly members: readonly Person[];
  readonly artists: string;
  readonly helpers: string;
  readonly messages: readonly MessageId[];
  /** Must succeed. */
  readonly must: (by: Person, asks: string, body?: unknown) => Promise<unknown>;
};

const asking =
  (api: ApiClient, { guildId }: Place): Community['must'] =>
  async (by, asks, body) => {
    const [method = 'GET', path = ''] = asks.split(' ');
    const answer = await api.request(
      method as 'GET' | 'POST' | 'PATCH' | 'DELETE',
      `/guilds/${guildId}${path}`,
      { token: by.token, body, minPosition: method === 'GET' ? api.written() : undefined },
    );
    if (answer.status >= 300)
      throw new Error(`${asks}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };

const decoded = <A>(codec: t.Decoder<unknown, A>, value: unknown): A => {
  const result = codec.decode(value);
  if (result._tag === 'Left') throw new Error(`not as expected: ${JSON.stringify(value)}`);
  return result.right;
};

/** A guild of some people with roles, overrides, a ban and many messages. */
export const gather = async (api: ApiClient, posts: number): Promise<Community> => {
  const owner = await signUp(api, 'owner');
  const place = await settle(api, owner);
  const must = asking(api, place);
  const names = ['mod', 'troll', ...Array.from({ length: MEMBERS }, (_, n) => `member${n}`)];
  const people: Person[] = [];
  for (const name of names) {
    const person = await signUp(api, name);
    await api.joinGuild(person.token, place.guildId);
    people.push(person);
  }
  const [mod, troll, ...members] = people as [Person, Person, ...Person[]];
  const role = async (name: string, position: number, permissions: readonly string[]) =>
    decoded(Made, await must(owner, 'POST /roles', { name, position, permissions })).role_id;
  const staff = await role('staff', 90, PERMISSION_NAMES);
  const artists = await role('artists', 20, ['create_message']);
  const helpers = await role('helpers', 10, ['create_message', 'delete_message']);
  await must(owner, `PATCH /members/${mod.userId}`, { role: 'moderator' });
  await must(owner, `POST /roles/${staff}/members/${mod.userId}`);
  for (const [n, { userId }] of members.entries())
    await must(owner, `POST /roles/${n % 2 === 0 ? artists : helpers}/members/${userId}`);
  const studio = decoded(Id, await must(owner, 'POST /channels', { name: 'studio' })).channel_id;
  await must(owner, `POST /channels/${studio}/permission-overrides/role/${artists}`, {
    ...{ allow: ['create_message'], deny: ['publish_video'] },
  });
  await must(owner, `POST /members/${troll.userId}/ban`, { reason: 'threats' });
  await must(owner, `POST /roles/default`, { role_id: helpers });
  const messages: MessageId[] = [];
  await allOf(Array.from({ length: posts }), async (_, n) => {
    const { token } = members[n % MEMBERS]!;
    const { message_id: id } = await api.post(token, place.guildId, place.channelId, `word ${n}`);
    messages.push(id);
  });
  await allOf(messages.slice(0, 50), (id, n) =>
    must(
      members[n % MEMBERS]!,
      `POST /channels/${place.channelId}/messages/${id}/reactions/%F0%9F%AA%B4`,
    ),
  );
  return { api, place, owner, mod, troll, members, artists, helpers, messages, must };
};

/** What of the raid is not about messages: some 70 acts. Returns the channel it makes. */
const raidStructure = async (community: Community): Promise<ChannelId> => {
  const { mod, members, troll, artists, helpers, place, must } = community;
  await must(mod, 'PATCH ', { name: 'pwned' });
  await must(mod, `POST /roles/reorder`, { role_ids: [helpers, artists] });
  await must(mod, `DELETE /roles/${artists}`);
  await must(mod, `PATCH /roles/${helpers}`, { name: 'slaves', permissions: [] });
  await must(mod, 'POST /roles/default', { role_id: null });
  const made = await must(mod, 'POST /roles', {
    name: 'pwned',
    position: 80,
    permissions: ['ban_member'],
  });
  const { role_id: pwned } = decoded(Made, made);
  await must(mod, `POST /channels/${place.channelId}/permission-overrides/role/${helpers}`, {
    ...{ allow: [], deny: ['create_message'] },
  });
  const channel = decoded(Id, await must(mod, 'POST /channels', { name: 'pwned' })).channel_id;
  await must(mod, `DELETE /bans/${troll.userId}`);
  await community.api.joinGuild(troll.token, place.guildId);
  await must(mod, `POST /roles/${pwned}/members/${troll.userId}`);
  for (const [n, { userId }] of members.entries()) {
    if (n < 6) await must(mod, `POST /members/${userId}/kick`, { reason: 'lol' });
    else if (n < 11) await must(mod, `POST /members/${userId}/ban`, { reason: 'lol' });
    else if (n < 14)
      await must(mod, `POST /members/${userId}/timeout`, {
        until_unix: Math.floor(Date.now() / 1000) + 86_400,
      });
    else if (n % 2 === 1) await must(mod, `DELETE /roles/${helpers}/members/${userId}`);
  }
  return channel as ChannelId;
};

/** Deletes five in ten, edits two in ten, and writes over the rest, until so many acts are done. */
export const raid = async (community: Community, acts: number): Promise<void> => {
  const { api, mod, place, messages, must } = community;
  const channel = await raidStructure(community);
  const at = `/channels/${place.channelId}/messages`;
  await allOf(Array.from({ length: acts - 40 }), async (_, n) => {
    const id = messages[n];
    if (id === undefined)
      await api.post(mod.token, place.guildId, n % 2 ? channel : place.channelId, `pwned ${n}`);
    else if (n % 7 < 5) await must(mod, `DELETE ${at}/${id}`);
    else await must(mod, `PATCH ${at}/${id}`, { content: 'pwned' });
  });
};

const Page = t.type({ next_cursor: t.union([t.string, t.null, t.undefined]) });

/** Everything of the guild as its owner sees it. */
export const snapshot = async ({ api, owner, place, must, members }: Community) => {
  const list = async (path: string, key: string) => {
    const all: unknown[] = [];
    for (let cursor: string | null | undefined = ''; cursor !== null && cursor !== undefined;) {
      const query: string = cursor === '' ? '' : `?cursor=${cursor}`;
      const body = await must(owner, `GET ${path}${query}`);
      all.push(...(decoded(t.record(t.string, t.unknown), body)[key] as unknown[]));
      cursor = decoded(Page, body).next_cursor;
    }
    return all;
  };
  const messages = new Map<string, unknown>();
  const { channels } = decoded(Channels, await must(owner, 'GET /channels'));
  for (const { channel_id: channelId } of channels)
    for (let before: MessageId | null = null; ;) {
      const page = await api.history(owner.token, place.guildId, channelId as ChannelId, {
        ...{ limit: 100, before, minPosition: api.written() },
      });
      for (const message of page.messages) messages.set(message.message_id, message);
      before = page.next_before;
      if (before === null) break;
    }
  const may = new Map<string, unknown>();
  for (const { token, name } of members)
    for (const { channel_id: id } of channels) {
      const path = `/guilds/${place.guildId}/channels/${id}/permissions/self`;
      const { status, body } = await api.request('GET', path, {
        token,
        minPosition: api.written(),
      });
      may.set(`${name} ${id}`, [status, body]);
    }
  const guilds = await api.request('GET', '/guilds', { token: owner.token });
  const found: { readonly [Part in 'roles' | 'members' | 'bans']: unknown } = {
    roles: await must(owner, 'GET /roles'),
    members: await list('/members', 'members'),
    bans: await list('/bans', 'bans'),
  };
  return { guilds: guilds.body, channels, messages, may, ...found };
};
