// Carries a plan out over the public API, as its people would themselves.
import { setTimeout as delay } from 'node:timers/promises';
import type * as t from 'io-ts';
import { isLeft } from 'fp-ts/lib/Either.js';
import { Channel, Guild, Message, Role, RoleList } from '../../application/contract/answers.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { type Answer, type ApiClient, UnexpectedAnswer } from '../api-client/api-client.ts';
import { type Plan, type PlannedChannel, type PlannedGuild } from './plan.ts';

type Person = { readonly token: string; readonly userId: UserId };
type People = ReadonlyMap<string, Person>;
type Ask = (
  by: Person | null,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  idempotencyKey?: string,
) => Promise<Answer>;

export type Sown = {
  readonly people: number;
  readonly guilds: number;
  readonly channels: number;
  readonly messages: number;
  readonly reactions: number;
};
export type Progress = { readonly step: 'people' | 'guilds' | 'messages'; readonly done: number };

// A server of small limits lets a few in a minute: it is waited for, but not for ever.
const WAITS_MAX = 30;
const RETRY_SECS = 2;
const RETRY_SECS_MAX = 90;

const isDone = ({ status }: Answer): boolean => status >= 200 && status < 300;

const retrySecs = ({ headers }: Answer): number => {
  const secs = Number(headers['retry-after'] ?? RETRY_SECS);
  return Number.isFinite(secs) && secs > 0 ? Math.min(secs, RETRY_SECS_MAX) : RETRY_SECS;
};

/** Asks until it is done; waits where the server says that it is too much or not now. */
const createAsk =
  (api: Pick<ApiClient, 'request'>): Ask =>
  async (by, method, path, body, idempotencyKey) => {
    for (let waits = 0; ; waits += 1) {
      const answer = await api.request(method, path, { token: by?.token, body, idempotencyKey });
      if (isDone(answer)) return answer;
      const mayWait = answer.status === 429 || answer.status === 503;
      if (!mayWait || waits === WAITS_MAX) throw new UnexpectedAnswer(`${method} ${path}`, answer);
      await delay(retrySecs(answer) * 1000);
    }
  };

const read = <A>(codec: t.Decoder<unknown, A>, answer: Answer): A => {
  const decoded = codec.decode(answer.body);
  if (isLeft(decoded)) throw new UnexpectedAnswer('the answer', answer);
  return decoded.right;
};

const personNamed = (people: People, name: string): Person => {
  const person = people.get(name);
  if (person === undefined) throw new Error(`${name} is not of the plan.`);
  return person;
};

const closeTo = async (
  ask: Ask,
  owner: Person,
  guildPath: string,
  channelPath: string,
  roleId: string,
): Promise<void> => {
  const all = read(RoleList, await ask(owner, 'GET', `${guildPath}/roles`));
  const everyone = all.roles.find(({ name }) => name === '@everyone')?.role_id ?? '';
  const overrides = `${channelPath}/permission-overrides/role`;
  await ask(owner, 'POST', `${overrides}/${everyone}`, { allow: [], deny: ['create_message'] });
  await ask(owner, 'POST', `${overrides}/${roleId}`, { allow: ['create_message'], deny: [] });
};

type Room = { readonly path: string; readonly channel: PlannedChannel };

/** Makes the guild with its people, roles and channels, in which nobody has spoken yet. */
const found = async (ask: Ask, people: People, plan: PlannedGuild): Promise<readonly Room[]> => {
  const owner = personNamed(people, plan.owner);
  const { name, visibility } = plan;
  const { guild_id: id } = read(Guild, await ask(owner, 'POST', '/guilds', { name, visibility }));
  const guildPath = `/guilds/${id}`;
  for (const member of plan.members) {
    const person = personNamed(people, member);
    if (visibility === 'public') await ask(person, 'POST', `${guildPath}/join`);
    else await ask(owner, 'POST', `${guildPath}/members/${person.userId}`);
  }
  const roleIds = new Map<string, string>();
  for (const { name: roleName, color, holders } of plan.roles) {
    const asked = { name: roleName, permissions: [], color_hex: color };
    const { role_id: roleId } = read(Role, await ask(owner, 'POST', `${guildPath}/roles`, asked));
    roleIds.set(roleName, roleId);
    for (const holder of holders)
      await ask(
        owner,
        'POST',
        `${guildPath}/roles/${roleId}/members/${personNamed(people, holder).userId}`,
      );
  }
  const rooms: Room[] = [];
  for (const channel of plan.channels) {
    const asked = { name: channel.name };
    const made = read(Channel, await ask(owner, 'POST', `${guildPath}/channels`, asked));
    const path = `${guildPath}/channels/${made.channel_id}`;
    if (channel.onlyRole !== null)
      await closeTo(ask, owner, guildPath, path, roleIds.get(channel.onlyRole) ?? '');
    rooms.push({ path, channel });
  }
  return rooms;
};

/** One after the other, since what was said first stands first. Gives the number of reactions. */
const converse = async (
  ask: Ask,
  people: People,
  { path, channel }: Room,
  onPosted: () => void,
): Promise<number> => {
  let count = 0;
  for (const [n, { author, content, reactions }] of channel.posts.entries()) {
    const by = personNamed(people, author);
    const key = `seed-${path.slice(-26)}-${n}`;
    const { message_id: id } = read(
      Message,
      await ask(by, 'POST', `${path}/messages`, { content }, key),
    );
    for (const { by: reader, emoji } of reactions)
      await ask(
        personNamed(people, reader),
        'POST',
        `${path}/messages/${id}/reactions/${encodeURIComponent(emoji)}`,
      );
    count += reactions.length;
    onPosted();
  }
  return count;
};

/** Rejects with UnexpectedAnswer when the server refuses something, a name that is taken first of all. */
export const sow = async (
  api: ApiClient,
  plan: Plan,
  password: string,
  onProgress: (progress: Progress) => void,
): Promise<Sown> => {
  const ask = createAsk(api);
  const people = new Map<string, Person>();
  for (const username of plan.people) {
    await ask(null, 'POST', '/auth/register', { username, password });
    const { access_token: token } = await api.login(username, password);
    people.set(username, { token, userId: (await api.me(token)).user_id });
    onProgress({ step: 'people', done: people.size });
  }
  const rooms: Room[] = [];
  for (const [n, guild] of plan.guilds.entries()) {
    rooms.push(...(await found(ask, people, guild)));
    onProgress({ step: 'guilds', done: n + 1 });
  }
  let messages = 0;
  const onPosted = () => onProgress({ step: 'messages', done: (messages += 1) });
  const reacted = await Promise.all(rooms.map((room) => converse(ask, people, room, onPosted)));
  return {
    people: people.size,
    guilds: plan.guilds.length,
    channels: rooms.length,
    messages,
    reactions: reacted.reduce((sum, count) => sum + count, 0),
  };
};
