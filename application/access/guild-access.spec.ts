import { left } from 'fp-ts/lib/Either.js';
import { seedRoles } from '../../domain/guild/seeded-roles.ts';
import { type GuildEvent } from '../../domain/guild/events.ts';
import { permissionNames } from '../../domain/permission/permissions.ts';
import { channelNo, guildNo, noon, roleNo, userNo } from '../../domain/shared/testing/samples.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { type DomainEvent } from '../event-store/event-catalogue.ts';
import { type Position } from '../event-store/event-log.ts';
import { type Recorded } from '../event-store/event-store.ts';
import { FORBIDDEN, NOT_FOUND } from '../failure.ts';
import { createGuildAccess, guildStream, memberStream } from './create-guild-access.ts';

const [OWNER, MEMBER, STRANGER, SERVER_OWNER] = [userNo(1), userNo(2), userNo(3), userNo(9)];
const GUILD = guildNo(1);
const by = { guildId: GUILD, by: OWNER, at: noon };
const channel = (number: number, at: number): GuildEvent => ({
  type: 'ChannelCreated',
  data: {
    ...by,
    channelId: channelNo(number),
    name: 'c',
    kind: 'text',
    at: (noon + at) as Timestamp,
  },
});
const hidden: GuildEvent = {
  type: 'ChannelOverrideSet',
  data: {
    ...by,
    channelId: channelNo(2),
    target: { kind: 'role', roleId: roleNo(1) },
    allow: [],
    deny: ['create_message'],
  },
};
const roleIds = {
  everyone: roleNo(1),
  member: roleNo(2),
  moderator: roleNo(3),
  workspace_owner: roleNo(4),
};
const joined = (userId: typeof OWNER): DomainEvent => ({
  type: 'MemberJoined',
  data: { ...by, userId, cause: 'directory' },
});

const world = () => {
  const streams = new Map<string, Recorded[]>();
  const append = (stream: string, event: DomainEvent): Recorded => {
    const events = streams.get(stream) ?? [];
    streams.set(stream, events);
    const recorded = {
      ...event,
      meta: {
        position: '0'.repeat(20) as Position,
        stream,
        revision: events.length,
        eventId: '',
        version: 1,
        recordedAt: noon,
        actor: 'system',
        correlationId: '',
        causationId: null,
      },
    };
    events.push(recorded);
    return recorded;
  };
  const founding: readonly GuildEvent[] = [
    {
      type: 'GuildCreated',
      data: { guildId: GUILD, creatorId: OWNER, at: noon, name: 'g', visibility: 'private' },
    },
    ...seedRoles({ ...by, roleIds }),
    channel(2, 2),
    channel(1, 3),
    channel(3, 1),
    hidden,
  ];
  for (const event of founding) append(guildStream(GUILD), event);
  append(memberStream(GUILD, OWNER), joined(OWNER));
  append(memberStream(GUILD, OWNER), {
    type: 'MemberRoleAssigned',
    data: { ...by, userId: OWNER, roleId: roleNo(4) },
  });
  append(memberStream(GUILD, MEMBER), joined(MEMBER));
  const loaded: string[] = [];
  const time = { now: noon as number };
  const load = (stream: string) => {
    loaded.push(stream);
    return Promise.resolve([...(streams.get(stream) ?? [])]);
  };
  const access = createGuildAccess({
    store: { load },
    limits: { guildCacheMax: 10, membershipCacheMax: 10 },
    serverOwnerId: SERVER_OWNER,
    clock: { now: () => time.now as Timestamp },
  });
  return { access, append, loaded, time };
};

describe('access to guilds', () => {
  it('lets the timed out see and not write, until their time is up', async () => {
    const { access, append, time } = world();
    const there = [MEMBER, GUILD, channelNo(1)] as const;
    expect(await access.requireToWrite(...there)).toMatchObject({ _tag: 'Right' });
    const until = (noon + 1000) as Timestamp;
    access.apply([
      append(memberStream(GUILD, MEMBER), {
        type: 'MemberTimedOut',
        data: { ...by, userId: MEMBER, until },
      }),
    ]);
    expect(await access.requireInChannel(...there, 'create_message')).toMatchObject({
      right: { isTimedOut: true },
    });
    expect(await access.requireToWrite(...there)).toEqual(left(FORBIDDEN));
    time.now = until;
    expect(await access.requireToWrite(...there)).toMatchObject({ right: { isTimedOut: false } });
  });
  it('knows members from strangers, and unknown guilds from those of others', async () => {
    const { access } = world();
    expect(await access.inGuild(MEMBER, GUILD)).toMatchObject({ right: { role: 'member' } });
    expect(await access.inGuild(OWNER, GUILD)).toMatchObject({ right: { role: 'owner' } });
    expect(await access.inGuild(STRANGER, GUILD)).toEqual(left(FORBIDDEN));
    expect(await access.inGuild(MEMBER, guildNo(2))).toEqual(left(NOT_FOUND));
    expect(await access.inGuild(SERVER_OWNER, guildNo(2))).toEqual(left(NOT_FOUND));
  });
  it('lets the server owner in everywhere', async () => {
    const { access } = world();
    const resolved = await access.requireInChannel(
      SERVER_OWNER,
      GUILD,
      channelNo(2),
      'manage_roles',
    );
    expect(resolved).toMatchObject({ right: { role: 'owner' } });
  });
  it('tells an unknown channel to members only', async () => {
    const { access } = world();
    expect(await access.inChannel(MEMBER, GUILD, channelNo(9))).toEqual(left(NOT_FOUND));
    expect(await access.inChannel(STRANGER, GUILD, channelNo(9))).toEqual(left(FORBIDDEN));
  });
  it('requires a permission where it is asked for', async () => {
    const { access } = world();
    expect(await access.requireInGuild(MEMBER, GUILD, 'create_message')).toMatchObject({
      _tag: 'Right',
    });
    expect(await access.requireInGuild(MEMBER, GUILD, 'ban_member')).toEqual(left(FORBIDDEN));
    const inHidden = access.requireInChannel(MEMBER, GUILD, channelNo(2), 'create_message');
    expect(await inHidden).toEqual(left(FORBIDDEN));
  });
  it('lists the channels somebody sees, oldest first', async () => {
    const { access } = world();
    expect(await access.visibleChannels(MEMBER, GUILD)).toMatchObject({
      right: [channelNo(3), channelNo(1)],
    });
    expect(await access.visibleChannels(OWNER, GUILD)).toMatchObject({
      right: [channelNo(3), channelNo(2), channelNo(1)],
    });
    expect(await access.visibleChannels(STRANGER, GUILD)).toEqual(left(FORBIDDEN));
  });
  it('answers at once only what it holds, and follows the log', async () => {
    const { access, append } = world();
    const atOnce = () => access.inChannelIfCached(MEMBER, GUILD, channelNo(1));
    expect(atOnce()).toBeNull();
    await access.inChannel(MEMBER, GUILD, channelNo(1));
    const resolved = atOnce();
    expect(resolved?._tag === 'Right' && permissionNames(resolved.right.permissions)).toEqual([
      'create_message',
      'subscribe_streams',
    ]);
    const data = { ...by, userId: MEMBER };
    access.apply([append(memberStream(GUILD, MEMBER), { type: 'MemberKicked', data })]);
    expect(atOnce()).toEqual(left(FORBIDDEN));
  });
  it('reads nothing twice, and no membership of a guild that is not there', async () => {
    const { access, loaded } = world();
    for (let n = 0; n < 3; n += 1) {
      await access.inChannel(MEMBER, GUILD, channelNo(1));
      await access.inChannel(STRANGER, GUILD, channelNo(1));
    }
    expect(loaded).toEqual([
      guildStream(GUILD),
      memberStream(GUILD, MEMBER),
      memberStream(GUILD, STRANGER),
    ]);
    await access.inChannel(MEMBER, guildNo(2), channelNo(1));
    expect(loaded.at(-1)).toBe(guildStream(guildNo(2)));
  });
});
