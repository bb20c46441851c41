// What a community does beside talking, while the days are replayed: a role, a channel only for those who hold it, files in
// it, and, at the end, a kick and a ban. Every act is remembered, for the audit to tell of it afterwards.
import { randomBytes, randomUUID } from 'node:crypto';
import type * as t from 'io-ts';
import { Attachment, Message, Role, RoleList } from '../../application/contract/answers.ts';
import { type ChannelId, type GuildId, type RoleId, type UserId } from '../../domain/shared/ids.ts';
import { UnexpectedAnswer, type Answer, type ApiClient } from '../api-client/api-client.ts';

const REGULARS = 12;
const PRIVATE_MESSAGES = 120;
const FILE_EVERY = 6; // Messages
const FILE_BYTES = 20_000;
/** A word that is said in the private channel only. */
export const SECRET_WORD = 'zwieblfisch';

type Person = { readonly nick: string; readonly token: string; readonly userId: UserId };
type Act = { readonly action: string; readonly target: UserId | null };
type Moment = { readonly before: string; readonly after: string }; // Positions of the log

export type Community = {
  readonly roleId: RoleId;
  readonly channelId: ChannelId;
  readonly regulars: readonly Person[];
  readonly outsider: Person;
  readonly acts: Act[];
  readonly posted: Message[];
  readonly files: { readonly attachmentId: string; readonly bytes: Buffer }[];
  readonly gone: { readonly person: Person; readonly moment: Moment }[];
};

export type Site = {
  readonly client: ApiClient;
  readonly baseUrl: string;
  readonly ownerToken: string;
  readonly guildId: GuildId;
  readonly tokens: ReadonlyMap<string, string>;
  readonly untilServing: () => Promise<void>;
};

const expectStatus = (what: string, answer: Answer, status = 200): Answer => {
  if (answer.status !== status) throw new UnexpectedAnswer(what, answer);
  return answer;
};

const decoded = <A>(codec: t.Decoder<unknown, A>, what: string, answer: Answer): A => {
  const result = codec.decode(expectStatus(what, answer).body);
  if (result._tag === 'Left') throw new UnexpectedAnswer(what, answer);
  return result.right;
};

const act = async (
  { client, ownerToken, guildId }: Site,
  path: string,
  body: unknown,
): Promise<Answer> => {
  const answer = await client.request('POST', `/guilds/${guildId}${path}`, {
    token: ownerToken,
    ...(body === undefined ? {} : { body }),
  });
  return expectStatus(path, answer);
};

const personOf = async ({ client, tokens }: Site, nick: string): Promise<Person> => {
  const token = tokens.get(nick) ?? '';
  return { nick, token, userId: (await client.me(token)).user_id };
};

/** Makes the role and its channel; everyone else is denied it. */
export const found = async (site: Site): Promise<Community> => {
  const { client, ownerToken, guildId, tokens } = site;
  const [first, ...nicks] = [...tokens.keys()];
  const outsider = await personOf(site, first ?? '');
  const regulars: Person[] = [];
  for (const nick of nicks.slice(0, REGULARS)) regulars.push(await personOf(site, nick));
  const acts: Act[] = [];
  const role = decoded(
    Role,
    'create role',
    await act(site, '/roles', { name: 'regulars', permissions: [] }),
  );
  acts.push({ action: 'role.create', target: null });
  for (const { userId } of regulars) {
    await act(site, `/roles/${role.role_id}/members/${userId}`, undefined);
    acts.push({ action: 'role.assign', target: userId });
  }
  const { channel_id: channelId } = await client.createChannel(ownerToken, guildId, 'regulars');
  // Of roles that someone holds a denial outweighs what others allow, so it is everyone who is denied.
  const all = await client.request('GET', `/guilds/${guildId}/roles`, { token: ownerToken });
  const everyone = decoded(RoleList, 'roles', all).roles.find(({ name }) => name === '@everyone');
  for (const [roleId, allow, deny] of [
    [everyone?.role_id, [], ['create_message']],
    [role.role_id, ['create_message'], []],
  ] as const) {
    const path = `/channels/${channelId}/permission-overrides/role/${roleId ?? ''}`;
    await act(site, path, { allow, deny });
    acts.push({ action: 'channel.permission_override.update', target: null });
  }
  return {
    ...{ roleId: role.role_id, channelId, regulars, outsider, acts },
    ...{ posted: [], files: [], gone: [] },
  };
};

const upload = async (
  { baseUrl, guildId }: Site,
  { channelId }: Community,
  { token }: Person,
  bytes: Buffer,
): Promise<string> => {
  const response = await fetch(
    `${baseUrl}/guilds/${guildId}/channels/${channelId}/attachments?filename=notes.txt`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain' },
      body: new Uint8Array(bytes),
    },
  );
  const answer = { status: response.status, headers: {}, body: await response.json() };
  return decoded(Attachment, 'upload', answer).attachment_id;
};

/** Talks in the private channel while the server is killed and comes back; each message is sent until it is acknowledged. */
export const talkInPrivate = async (site: Site, community: Community): Promise<void> => {
  const { client, guildId } = site;
  const { channelId, regulars, posted, files } = community;
  const again = async <A>(work: () => Promise<A>): Promise<A> => {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof UnexpectedAnswer && error.status < 500 && error.status !== 408)
          throw error;
        await site.untilServing();
      }
    }
  };
  for (let n = 0; n < PRIVATE_MESSAGES; n += 1) {
    const person = regulars[n % regulars.length];
    if (person === undefined) return;
    const attachmentIds: string[] = [];
    if (n % FILE_EVERY === 0) {
      const bytes = Buffer.from(randomBytes(FILE_BYTES / 2).toString('hex'));
      const attachmentId = await again(() => upload(site, community, person, bytes));
      attachmentIds.push(attachmentId);
      files.push({ attachmentId, bytes });
    }
    const idempotencyKey = randomUUID();
    const answer = await again(async () =>
      decoded(
        Message,
        'post in private',
        await client.request('POST', `/guilds/${guildId}/channels/${channelId}/messages`, {
          token: person.token,
          idempotencyKey,
          body: { content: `${SECRET_WORD} ${SECRET_WORD}${n}`, attachment_ids: attachmentIds },
        }),
      ),
    );
    posted.push(answer);
  }
};

/** Kicks one of the regulars and bans another. */
export const moderate = async (site: Site, community: Community): Promise<void> => {
  for (const [index, what] of ['kick', 'ban'].entries()) {
    const person = community.regulars[index];
    if (person === undefined) continue;
    const before = site.client.written() ?? '';
    const answer = await act(site, `/members/${person.userId}/${what}`, { reason: 'enough' });
    const after = String(answer.headers['filament-position']);
    community.acts.push({ action: `member.${what}`, target: person.userId });
    community.gone.push({ person, moment: { before, after } });
  }
};
