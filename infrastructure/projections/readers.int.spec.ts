import type * as t from 'io-ts';
import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import {
  channelNo,
  guildNo,
  messageNo,
  noon,
  roleNo,
  userNo,
} from '../../domain/shared/testing/samples.ts';
import { type BanPlace } from '../../application/membership/member-reader.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { createAccountReader } from '../../projections/accounts/reader.ts';
import { CORE_PROJECTORS } from '../../projections/core-projectors.ts';
import { createGuildReader } from '../../projections/guilds/reader.ts';
import { createMemberReader } from '../../projections/members/reader.ts';
import { createMessageReader } from '../../projections/messages/reader.ts';
import { type ReadModelQuery } from '../../projections/read-model.ts';
import { migrate } from '../postgres/migrations.ts';
import { freshDatabase, type TestDatabase } from '../testing/database.ts';
import { OPS_MIGRATIONS } from './migrations.ts';
import { createReadModelQuery } from './read-model-query.ts';
import { createProjectionRunner, type ProjectionRunner } from './runner.ts';
import { unsealing } from './testing/unsealing.ts';
import { createEventFeed, type EventFeed } from './testing/event-feed.ts';
import { posted } from './testing/sample-events.ts';

const at = noon;
const by = userNo(1);
const reader = userNo(1);

const guild = (n: number, name: string, visibility: 'public' | 'private'): DomainEvent => ({
  type: 'GuildCreated',
  data: { guildId: guildNo(n), name, visibility, creatorId: by, at },
});
const joined = (guildN: number, userN: number): DomainEvent => ({
  type: 'MemberJoined',
  data: { guildId: guildNo(guildN), userId: userNo(userN), by, at, cause: 'added' },
});
const who = (userN: number) => ({ guildId: guildNo(1), userId: userNo(userN), by, at });
const place = (n: number, channel = 1) => ({
  messageId: messageNo(n),
  guildId: guildNo(1),
  channelId: channelNo(channel),
});
const reacted = (n: number, emoji: string, userN: number): DomainEvent => ({
  type: 'ReactionAdded',
  data: { ...place(n), userId: userNo(userN), emoji, at },
});

describe('readers', () => {
  let database: TestDatabase;
  let feed: EventFeed;
  let runner: ProjectionRunner;
  let query: ReadModelQuery;

  beforeEach(async () => {
    database = await freshDatabase();
    const { pool } = database;
    await migrate(pool, OPS_MIGRATIONS);
    feed = createEventFeed();
    runner = createProjectionRunner({ pool, store: feed.store, projectors: CORE_PROJECTORS });
    query = createReadModelQuery({ pool });
    await runner.start();
  });
  afterEach(async () => {
    runner.stop();
    await database.drop();
  });
  const happened = (...events: readonly DomainEvent[]) => runner.apply(feed.push(...events));

  const messages = () =>
    createMessageReader({
      sealer: unsealing,
      query,
      contents: {
        render: (texts) =>
          Promise.resolve(texts.map(({ box }) => ({ content: `opened ${box}`, tokens: [] }))),
      },
    });
  const page = async (before: number | null, limit: number) =>
    (
      await messages().page({
        guildId: guildNo(1),
        channelId: channelNo(1),
        readerId: reader,
        before: before === null ? null : messageNo(before),
        limit,
      })
    ).map(({ message_id }) => message_id);

  const memberReader = () =>
    createMemberReader({
      query,
      sealer: { open: (fields) => Promise.resolve(fields.map(({ box }) => `opened ${box}`)) },
    });

  it('looks people up in the order asked, without those unknown or erased', async () => {
    await happened(
      ...[1, 2, 3].map((n): DomainEvent => ({
        type: 'AccountRegistered',
        data: { userId: userNo(n), username: n === 2 ? null : `Person${n}`, at },
      })),
    );
    const accounts = createAccountReader({ query });
    const found = await accounts.lookup([userNo(3), userNo(9), userNo(2), userNo(1)]);
    expect(found).toEqual([
      {
        userId: userNo(3),
        username: 'Person3',
        registeredAt: at,
        avatarVersion: 0,
        bannerVersion: 0,
      },
      {
        userId: userNo(1),
        username: 'Person1',
        registeredAt: at,
        avatarVersion: 0,
        bannerVersion: 0,
      },
    ]);
    expect(await accounts.byId(userNo(1))).toMatchObject({ username: 'Person1' });
    expect(await accounts.byId(userNo(2))).toBeNull();
  });

  it('shows the last name and where the last text stands sealed', async () => {
    const profile = (data: { username?: string | null; aboutMarkdown?: string }): DomainEvent => ({
      type: 'ProfileUpdated',
      data: { userId: userNo(1), at, ...data },
    });
    const username = 'Person1';
    await happened({ type: 'AccountRegistered', data: { userId: userNo(1), username, at } });
    const accounts = createAccountReader({ query });
    expect(await accounts.byId(userNo(1))).toMatchObject({ username, about: null });
    const [, second] = feed.push(
      profile({ username: 'Renamed' }),
      profile({ aboutMarkdown: 'box' }),
      profile({ username: 'RENAMED' }),
    );
    await runner.apply(feed.all().slice(-3));
    const { eventId } = second!.meta;
    const about = { userId: userNo(1), eventId, eventVersion: 1, box: 'box' };
    expect(await accounts.byId(userNo(1))).toEqual({
      userId: userNo(1),
      username: 'RENAMED',
      registeredAt: at,
      avatarVersion: 0,
      bannerVersion: 0,
      about,
    });
    await happened(profile({ username: null }));
    expect(await accounts.byId(userNo(1))).toBeNull();
  });

  it('lists the newest 200 guilds of a member', async () => {
    const numbers = Array.from({ length: 201 }, (_, i) => i);
    await happened(
      ...numbers.flatMap((n) => [guild(n, `g${n}`, 'private'), joined(n, 1), joined(n, 2)]),
      { type: 'MemberKicked', data: { guildId: guildNo(200), userId: userNo(1), by, at } },
      { type: 'MemberBanned', data: { guildId: guildNo(199), userId: userNo(2), by, at } },
      { type: 'GuildUpdated', data: { guildId: guildNo(198), by, at, name: 'renamed' } },
    );
    const guilds = await createGuildReader({ query }).guildsOf(userNo(1));
    expect(guilds).toHaveLength(200);
    expect(guilds[0]!.guild_id).toBe(guildNo(199));
    expect(guilds[1]).toEqual({
      guild_id: guildNo(198),
      name: 'renamed',
      visibility: 'private',
    });
    const others = await createGuildReader({ query }).guildsOf(userNo(2));
    expect(others[0]!.guild_id).toBe(guildNo(200));
    expect(others).toHaveLength(200);
    expect(others.map(({ guild_id }) => guild_id)).not.toContain(guildNo(199));
  });

  it('finds public guilds by any part of their name, taking no character for a wildcard', async () => {
    await happened(
      guild(1, 'Oak 100% wood', 'public'),
      guild(2, 'oak_tree', 'public'),
      guild(3, 'OAK secret', 'private'),
      guild(4, 'Ölmühle', 'public'),
    );
    const found = async (q: string, limit = 20) =>
      (await createGuildReader({ query }).publicGuilds({ q, limit })).map(({ name }) => name);
    expect(await found('OAK')).toEqual(['oak_tree', 'Oak 100% wood']);
    expect(await found('%')).toEqual(['Oak 100% wood']);
    expect(await found('_')).toEqual(['oak_tree']);
    expect(await found('ÖLMÜ')).toEqual(['Ölmühle']);
    expect(await found('\\')).toEqual([]);
    expect(await found('', 2)).toEqual(['Ölmühle', 'oak_tree']);
  });

  it('pages members with their roles, the implied one included', async () => {
    const role = (roleN: number, systemKey: 'member' | null = null): DomainEvent => ({
      type: 'RoleCreated',
      data: {
        guildId: guildNo(1),
        roleId: roleNo(roleN),
        name: 'a role',
        position: 1 as t.Int,
        permissions: [],
        systemKey,
        isSystem: false,
        colorHex: null,
        by,
        at,
      },
    });
    const assigned = (userN: number, roleN: number): DomainEvent => ({
      type: 'MemberRoleAssigned',
      data: { guildId: guildNo(1), userId: userNo(userN), roleId: roleNo(roleN), by, at },
    });
    await happened(
      guild(1, 'Oak', 'private'),
      role(5, 'member'),
      ...[1, 9, ...Array.from({ length: 16 }, (_, i) => 10 + i)].map((n) => role(n)),
      joined(1, 3),
      joined(1, 1),
      joined(1, 2),
    );
    await happened(assigned(2, 9), assigned(2, 1), assigned(2, 99)); // There is no role 99.
    await happened(...Array.from({ length: 16 }, (_, i) => assigned(3, 10 + i)));
    const until = (n: number) => (at + n) as Timestamp;
    await happened(
      { type: 'MemberTimedOut', data: { ...who(2), until: until(1) } },
      { type: 'MemberTimedOut', data: { ...who(1), until: until(0) } },
    );
    const members = memberReader();
    const first = await members.page({ guildId: guildNo(1), after: null, limit: 2, at });
    expect(first).toEqual([
      { user_id: userNo(1), role_ids: [roleNo(5)] },
      {
        user_id: userNo(2),
        role_ids: [roleNo(1), roleNo(5), roleNo(9)],
        timed_out_until_unix: Math.floor(until(1) / 1000),
      },
    ]);
    const rest = await members.page({ guildId: guildNo(1), after: userNo(2), limit: 2, at });
    expect(rest.map(({ user_id }) => user_id)).toEqual([userNo(3)]);
    expect(rest[0]!.role_ids).toEqual(Array.from({ length: 16 }, (_, i) => roleNo(10 + i)));
    await happened({
      type: 'RoleDeleted',
      data: { guildId: guildNo(1), roleId: roleNo(9), by, at },
    });
    const after = await members.page({ guildId: guildNo(1), after: userNo(1), limit: 1, at });
    expect(after[0]!.role_ids).toEqual([roleNo(1), roleNo(5)]);
    const holders = (limit: number) =>
      members.holders({ guildId: guildNo(1), roleId: roleNo(10), limit });
    await happened(assigned(2, 10));
    expect([await holders(1), await holders(9)]).toEqual([[userNo(2)], [userNo(2), userNo(3)]]);
  });

  it('pages bans newest first, their reasons opened', async () => {
    const banned = (userN: number, n: number, reason?: string): DomainEvent => ({
      type: 'MemberBanned',
      data: { ...who(userN), at: (at + n) as Timestamp, ...(reason && { reason }) },
    });
    await happened(banned(1, 1), banned(2, 2, 'box'), banned(3, 2), banned(4, 3), {
      type: 'MemberUnbanned',
      data: who(4),
    });
    const page = async (before: BanPlace | null, limit: number) =>
      memberReader().bans({ guildId: guildNo(1), before, limit });
    const first = await page(null, 2);
    expect(first.map(({ userId, reason }) => [userId, reason])).toEqual([
      [userNo(3), null],
      [userNo(2), 'opened box'],
    ]);
    expect(await page(first[1]!, 2)).toEqual([
      { userId: userNo(1), bannedBy: by, bannedAt: at + 1, reason: null },
    ]);
  });

  it('pages a channel newest first, without what was deleted or is elsewhere', async () => {
    expect(await messages().newestId()).toBeNull();
    await happened(...[1, 2, 3, 4].map((n) => posted(n)), posted(5, { channel: 2 }), {
      type: 'MessageDeleted',
      data: { ...place(3), by, at },
    });
    expect(await page(null, 2)).toEqual([messageNo(4), messageNo(2)]);
    expect(await page(2, 2)).toEqual([messageNo(1)]);
    expect(await page(1, 2)).toEqual([]);
    expect(await messages().newestId()).toBe(messageNo(5)); // Of all channels
  });

  it('shows a message as it now is', async () => {
    await happened(posted(1));
    const edited = feed.push({
      type: 'MessageEdited',
      data: { ...place(1), by, content: 'box edited', at },
    });
    await runner.apply(edited);
    await happened(
      reacted(1, '🪴', 2),
      reacted(1, '🪴', 1),
      reacted(1, 'z', 3),
      { type: 'ReactionRemoved', data: { ...place(1), userId: userNo(3), emoji: 'z', at } },
      reacted(1, 'a', 3),
    );
    const [message] = await messages().byIds({
      guildId: guildNo(1),
      channelIds: [channelNo(1)],
      messageIds: [messageNo(1)],
      readerId: reader,
    });
    expect(message).toEqual({
      message_id: messageNo(1),
      guild_id: guildNo(1),
      channel_id: channelNo(1),
      author_id: by,
      content: 'opened box edited',
      markdown_tokens: [],
      attachments: [],
      reactions: [
        { emoji: 'a', count: 1, reacted_by_me: false, reactor_user_ids: [userNo(3)] },
        { emoji: '🪴', count: 2, reacted_by_me: true, reactor_user_ids: [userNo(1), userNo(2)] },
      ],
      created_at_unix: noon / 1000,
    });
  });

  it('shows at most 64 emoji of a message and 32 people of each', async () => {
    await happened(
      posted(1),
      ...Array.from({ length: 65 }, (_, i) => reacted(1, `e${String(i).padStart(2, '0')}`, 2)),
      ...Array.from({ length: 40 }, (_, i) => reacted(1, 'e00', i + 10)),
    );
    const [message] = await messages().byIds({
      guildId: guildNo(1),
      channelIds: [channelNo(1)],
      messageIds: [messageNo(1)],
      readerId: reader,
    });
    expect(message!.reactions).toHaveLength(64);
    expect(message!.reactions[0]).toMatchObject({ emoji: 'e00', count: 41 });
    expect(message!.reactions[0]!.reactor_user_ids).toHaveLength(32);
    const line = await messages().reaction({
      messageId: messageNo(1),
      emoji: 'e00',
      readerId: userNo(49),
    });
    expect(line).toMatchObject({ emoji: 'e00', count: 41, reacted_by_me: true });
    expect(line.reactor_user_ids).toHaveLength(32);
  });

  it('answers a reaction nobody made with a count of 0 and no people', async () => {
    const line = await messages().reaction({
      messageId: messageNo(1),
      emoji: '🪴',
      readerId: reader,
    });
    expect(line).toEqual({ emoji: '🪴', count: 0, reacted_by_me: false });
  });

  it('gives messages by id in the order asked, of the channels named only', async () => {
    await happened(posted(1), posted(2), posted(3, { channel: 2 }));
    const found = await messages().byIds({
      guildId: guildNo(1),
      channelIds: [channelNo(1)],
      messageIds: [messageNo(3), messageNo(2), messageNo(9), messageNo(1)],
      readerId: reader,
    });
    expect(found.map(({ message_id }) => message_id)).toEqual([messageNo(2), messageNo(1)]);
  });
});
