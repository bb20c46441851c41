import { isLeft, left, right } from 'fp-ts/lib/Either.js';
import { type GuildEvent } from '../../domain/guild/events.ts';
import { seedRoles } from '../../domain/guild/seeded-roles.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { guildNo, noon, roleNo, userNo } from '../../domain/shared/testing/samples.ts';
import { createGuildAccess, guildStream, memberStream } from '../access/create-guild-access.ts';
import { type DomainEvent } from '../event-store/event-catalogue.ts';
import { type Position } from '../event-store/event-log.ts';
import { type Recorded } from '../event-store/event-store.ts';
import { FORBIDDEN } from '../failure.ts';
import { createTurns } from '../turns.ts';
import { createKeepAnOwner, type AloneInGuild } from './keep-an-owner.ts';

const GUILD = guildNo(1);
const [FIRST, SECOND, MEMBER] = [userNo(1), userNo(2), userNo(3)];
const OWNER_ROLE = roleNo(4);
const by = { guildId: GUILD, by: FIRST, at: noon };
const roleIds = {
  everyone: roleNo(1),
  member: roleNo(2),
  moderator: roleNo(3),
  workspace_owner: OWNER_ROLE,
};

/** A guild of two owners and a member, and processes that each know of it what they have looked at. */
const createLog = () => {
  const streams = new Map<string, Recorded[]>();
  const append = (stream: string, event: DomainEvent) => {
    const events = streams.get(stream) ?? [];
    const meta = { position: '0'.repeat(20) as Position, stream, revision: events.length };
    const rest = { eventId: '', version: 1, recordedAt: noon, actor: 'system', correlationId: '' };
    streams.set(stream, [...events, { ...event, meta: { ...meta, ...rest, causationId: null } }]);
  };
  const founding: readonly GuildEvent[] = [
    {
      type: 'GuildCreated',
      data: { guildId: GUILD, creatorId: FIRST, at: noon, name: 'g', visibility: 'private' },
    },
    ...seedRoles({ ...by, roleIds }),
  ];
  for (const event of founding) append(guildStream(GUILD), event);
  for (const userId of [FIRST, SECOND, MEMBER]) {
    const stream = memberStream(GUILD, userId);
    append(stream, { type: 'MemberJoined', data: { ...by, userId, cause: 'directory' } });
    if (userId !== MEMBER)
      append(stream, { type: 'MemberRoleAssigned', data: { ...by, userId, roleId: OWNER_ROLE } });
  }
  return {
    load: (stream: string) => Promise.resolve(streams.get(stream) ?? []),
    leave: (userId: UserId) =>
      append(memberStream(GUILD, userId), {
        type: 'MemberLeft',
        data: { guildId: GUILD, userId, by: userId, at: noon },
      }),
  };
};

const createProcess = (log: ReturnType<typeof createLog>, alone: AloneInGuild) => {
  const access = createGuildAccess({
    store: log,
    limits: { guildCacheMax: 10, membershipCacheMax: 10 },
    serverOwnerId: null,
    clock: { now: () => noon },
  });
  const keepAnOwner = createKeepAnOwner({
    access,
    alone,
    // As it stood before anybody left, since a read model follows.
    members: { holders: () => Promise.resolve([FIRST, SECOND]) },
  });
  return {
    look: () =>
      Promise.all([FIRST, SECOND, MEMBER].map((person) => access.membership(GUILD, person))),
    leave: (userId: UserId) =>
      keepAnOwner(GUILD, userId, async () => {
        await Promise.resolve();
        log.leave(userId);
        return right('left' as const);
      }),
  };
};

/** As a lock that processes share. */
const oneAtATime = (): AloneInGuild => {
  const turns = createTurns();
  return async (guildId, work) => turns.take(guildId, work);
};

it('lets one of two owners leave through two processes at once, and not both', async () => {
  const log = createLog();
  const alone = oneAtATime();
  const [here, there] = [createProcess(log, alone), createProcess(log, alone)];
  await Promise.all([here.look(), there.look()]); // Each believes from now on that both are owners.
  const outcomes = await Promise.all([here.leave(FIRST), there.leave(SECOND)]);
  expect(outcomes).toEqual([right('left'), left(FORBIDDEN)]);
});

it('does not wait for other processes when no owner is lost', async () => {
  const nobody: AloneInGuild = () => Promise.reject(new Error('not asked'));
  expect(await createProcess(createLog(), nobody).leave(MEMBER)).toEqual(right('left'));
});

it('is refused for a while, not decided alone, when the guild is not free soon', async () => {
  const outcome = await createProcess(createLog(), () => Promise.resolve(null)).leave(FIRST);
  expect(isLeft(outcome) && outcome.left.type).toBe('Unavailable');
});
