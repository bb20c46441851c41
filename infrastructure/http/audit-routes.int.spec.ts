import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import { type GuildId, type RoleId } from '../../domain/shared/ids.ts';
import {
  channelNo,
  guildNo,
  messageNo,
  noon,
  userNo,
} from '../../domain/shared/testing/samples.ts';
import { fieldOf, openGuildServer, type GuildServer } from '../server/testing/guild-server.ts';

jest.setTimeout(60_000);

const INVALID = { status: 400, body: { error: 'invalid_request' } };
const DENIED = { status: 403, body: { error: 'audit_access_denied' } };
const NOT_FOUND = { status: 404, body: { error: 'not_found' } };
const [OWNER, MEMBER, MODERATOR, STRANGER] = [1, 2, 3, 4];

let server: GuildServer;
const open = async (variables: Readonly<Record<string, string>> = {}) => {
  server = await openGuildServer(variables);
  for (const person of [OWNER, MEMBER, MODERATOR]) await server.register(person);
};
afterEach(() => server.close());

type Row = { readonly audit_id: string; readonly action: string; readonly created_at_unix: number };

const settle = async (visibility: 'public' | 'private' = 'public') => {
  const made = await server.call(OWNER, 'POST', '/guilds', { body: { name: 'Reef', visibility } });
  const guild = fieldOf(made, 'guild_id') as GuildId;
  for (const person of [MEMBER, MODERATOR])
    await server.call(OWNER, 'POST', `/guilds/${guild}/members/${userNo(person)}`);
  const roles = fieldOf(await server.call(OWNER, 'GET', `/guilds/${guild}/roles`), 'roles');
  const moderatorRole = (roles as { role_id: RoleId; name: string }[]).find(
    ({ name }) => name === 'moderator',
  );
  const record = async (...events: readonly DomainEvent[]) => {
    for (const event of events) {
      const userId = 'userId' in event.data ? event.data.userId : undefined;
      const stream = userId === undefined ? `facts-${guild}` : `member-${guild}:${userId}`;
      await server.append(stream, event);
    }
  };
  await record({
    type: 'MemberRoleAssigned',
    data: {
      guildId: guild,
      userId: userNo(MODERATOR),
      roleId: moderatorRole!.role_id,
      by: userNo(OWNER),
      at: noon,
    },
  });
  const audit = (by: number | null, query = '') =>
    server.call(by, 'GET', `/guilds/${guild}/audit${query}`);
  const rows = async (query = '') => fieldOf(await audit(OWNER, query), 'events') as readonly Row[];
  await server.settled();
  return { guild, audit, rows, record };
};

const deleted = (guildId: GuildId, number: number): DomainEvent => ({
  type: 'MessageDeleted',
  data: {
    guildId,
    messageId: messageNo(number),
    channelId: channelNo(1),
    by: userNo(OWNER),
    authorId: userNo(MEMBER),
    at: noon,
  },
});

describe('the audit list', () => {
  it('tells who did what, newest first, and nothing else', async () => {
    await open();
    const { guild, audit, record } = await settle();
    await server.call(STRANGER, 'POST', `/guilds/${guild}/join`);
    await record(deleted(guild, 1));
    await server.settled();
    const answer = await audit(OWNER);
    expect(answer.status).toBe(200);
    const common = {
      audit_id: expect.stringMatching(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/) as string,
      created_at_unix: expect.any(Number) as number,
      ip_ban_match: false,
    };
    expect(answer.body).toEqual({
      events: [
        {
          ...common,
          actor_user_id: userNo(OWNER),
          target_user_id: userNo(MEMBER),
          action: 'message.delete.moderation',
          details: { channel_id: channelNo(1), message_id: messageNo(1) },
        },
        {
          ...common,
          actor_user_id: userNo(STRANGER),
          target_user_id: null,
          action: 'directory.join.accepted',
          details: {},
        },
        {
          ...common,
          actor_user_id: userNo(OWNER),
          target_user_id: userNo(MODERATOR),
          action: 'role.assign',
          details: { role_id: expect.any(String) as string },
        },
      ],
      next_cursor: null,
    });
  });

  it('records every answer to who wants to join, also that of a private guild', async () => {
    await open();
    const { guild, rows, audit } = await settle('private');
    const join = () => server.call(STRANGER, 'POST', `/guilds/${guild}/join`);
    expect(await join()).toEqual(NOT_FOUND);
    await server.call(OWNER, 'PATCH', `/guilds/${guild}`, { body: { visibility: 'public' } });
    await join();
    await join();
    const from = { from: '203.0.113.7' };
    await server.call(MEMBER, 'POST', `/guilds/${guild}/join`, from);
    await server.call(OWNER, 'POST', `/guilds/${guild}/ip-bans/by-user`, {
      body: { target_user_id: userNo(MEMBER) },
    });
    await server.call(9, 'POST', `/guilds/${guild}/join`, from);
    await server.call(9, 'GET', `/guilds/${guild}/channels`, from);
    await server.settled();
    expect((await rows()).map(({ action }) => action).reverse()).toEqual([
      'role.assign',
      'directory.join.rejected.visibility',
      'directory.join.accepted',
      'directory.join.accepted',
      'directory.join.accepted',
      'moderation.ip_ban.add',
      'directory.join.rejected.ip_ban',
      'moderation.ip_ban.hit',
    ]);
    const matches = fieldOf(await audit(OWNER), 'events') as { ip_ban_match: boolean }[];
    expect(matches.map(({ ip_ban_match }) => ip_ban_match)).toEqual([
      true,
      true,
      ...Array.from({ length: 6 }, () => false),
    ]);
  });

  it('loses and repeats no row from page to page, whole or by prefix', async () => {
    await open();
    const { guild, audit, record, rows } = await settle();
    for (let n = 1; n <= 7; n += 1) {
      await record(deleted(guild, n));
      await server.call(20 + n, 'POST', `/guilds/${guild}/join`);
    }
    await server.settled();
    const walk = async (query: string) => {
      const seen: Row[] = [];
      let cursor: string | null = null;
      do {
        const page = await audit(
          OWNER,
          `?limit=3${query}${cursor === null ? '' : `&cursor=${cursor}`}`,
        );
        seen.push(...(fieldOf(page, 'events') as Row[]));
        cursor = fieldOf(page, 'next_cursor') as string | null;
        if (cursor !== null) expect(cursor).toMatch(/^\d+_[0-9A-Z]{26}$/);
      } while (cursor !== null);
      return seen;
    };
    const all = await rows('?limit=100');
    expect(all).toHaveLength(15);
    expect(await walk('')).toEqual(all);
    for (const [prefix, count] of [
      ['message.', 7],
      ['directory.join.accepted', 7],
      ['m', 7],
      ['role', 1],
      ['nothing', 0],
      ['directory.join.accepted.x', 0],
    ] as const) {
      const found = await walk(`&action_prefix=${prefix}`);
      expect(found).toEqual(all.filter(({ action }) => action.startsWith(prefix)));
      expect(found).toHaveLength(count);
    }
  });

  it('goes back as far as the installation keeps it', async () => {
    await open({ FILAMENT_AUDIT_RETENTION_SECS: '3600' });
    const { guild, rows, record } = await settle();
    await record(deleted(guild, 1));
    await server.settled();
    expect(await rows()).toHaveLength(2);
    server.advance(3_700);
    expect(await rows()).toEqual([]);
    expect(await rows('?action_prefix=message.')).toEqual([]);
  });

  it('is bounded', async () => {
    await open({ FILAMENT_AUDIT_LIST_LIMIT_MAX: '10' });
    const { audit } = await settle();
    for (const query of ['', '?limit=10', '?limit=1', `?action_prefix=${'a'.repeat(64)}`])
      expect((await audit(OWNER, query)).status).toBe(200);
    for (const query of [
      '?limit=0',
      '?limit=11',
      '?cursor=x',
      '?cursor=1_x',
      `?action_prefix=${'a'.repeat(65)}`,
      '?action_prefix=',
      '?action_prefix=Member',
      '?action_prefix=a%25',
    ])
      expect(await audit(OWNER, query)).toEqual(INVALID);
    for (const query of ['?limit=x', '?x=1']) expect((await audit(OWNER, query)).status).toBe(400);
  });

  it('is for those who may look', async () => {
    await open();
    const { audit } = await settle();
    for (const by of [MEMBER, STRANGER]) expect(await audit(by)).toEqual(DENIED);
    expect((await audit(MODERATOR)).status).toBe(200);
    expect((await audit(null)).status).toBe(401);
    expect(await server.call(OWNER, 'GET', `/guilds/${guildNo(9)}/audit`)).toEqual(NOT_FOUND);
    expect(await server.call(OWNER, 'GET', '/guilds/nowhere/audit')).toEqual(NOT_FOUND);
    expect(await server.metricsText()).toContain('reason="forbidden"} 2');
  });
});
