// Whoever resumes ends with exactly what a fresh look shows: nothing lost, nothing twice, nothing they may not see. Random
// histories of posts, edits, deletions, reactions, joins, removals, permissions, people and names, of what an undo put back
// now and then, with two processes that
// lag, die and are started again, and clients that break off at any frame and come back to either.
import fc from 'fast-check';
import type * as t from 'io-ts';
import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import { type FriendRequestId, type MessageId } from '../../domain/shared/ids.ts';
import { events } from './testing/harness.ts';
import { createWorld, type Process, type World } from './testing/resume-world.ts';
import {
  createResumingClient,
  snapshotOf,
  type ResumingClient,
  type StoredMessage,
} from './testing/resuming-client.ts';
import { channelId, EVERYONE, guildId, messageId, noon, userId } from './testing/samples.ts';

const USERS = [1, 2, 3];
const CHANNELS = [1, 2, 3];
const RUNS = Number(process.env['FILAMENT_TEST_RESUME_HISTORIES'] ?? 10_000);

const MOSTLY_CACHED = Array.from({ length: 12 }, () => false);

const by = userId(1);
const guild = { guildId: guildId(1), by, at: noon };

type Step =
  | { readonly type: 'event'; readonly kind: number; readonly a: number; readonly b: number }
  | { readonly type: 'deliver'; readonly process: number }
  | { readonly type: 'cut'; readonly client: number; readonly after: number }
  | {
      readonly type: 'connect';
      readonly client: number;
      readonly process: number;
      readonly how: 'replay' | 'summary';
    }
  | { readonly type: 'subscribe'; readonly client: number; readonly channel: number }
  | { readonly type: 'restart'; readonly process: number }
  | { readonly type: 'pause' };

const small = fc.nat(1_000);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      type: fc.constant('event' as const),
      kind: fc.nat(32),
      a: small,
      b: small,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constant('deliver' as const), process: fc.nat(1) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('cut' as const),
      client: fc.nat(2),
      after: fc.nat(6),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      type: fc.constant('connect' as const),
      client: fc.nat(2),
      process: fc.nat(1),
      how: fc.constantFrom('replay', 'replay', 'replay', 'summary'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('subscribe' as const),
      client: fc.nat(2),
      channel: fc.constantFrom(...CHANNELS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('restart' as const), process: fc.nat(1) }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('pause' as const) }) },
);

let posted = 0;
const pick = <A>(from: readonly A[], index: number): A | undefined => from[index % from.length];

/** Turns numbers into what can happen to one of the messages that are there. */
const messageEvent = (world: World, kind: number, a: number, b: number): DomainEvent | null => {
  const found = pick([...world.truth().messages], a);
  if (found === undefined) return null;
  const [id, text] = found;
  const where = { messageId: id, guildId: guildId(1), channelId: text.channelId, at: noon };
  const actor = userId(pick(USERS, b) ?? 1);
  if (kind < 3)
    return {
      type: 'MessageEdited',
      data: { ...where, by: actor, content: `edit ${world.log.length}` },
    };
  if (kind < 5) return { type: 'MessageDeleted', data: { ...where, by: actor } };
  const emoji = b % 2 === 0 ? 'a' : 'b';
  const reacted = text.reactors.get(emoji)?.has(actor) === true;
  const data = { ...where, userId: actor, emoji };
  return { type: reacted ? 'ReactionRemoved' : 'ReactionAdded', data };
};

/** A message that was deleted, back as it was posted. */
const restoredMessage = (world: World, a: number): DomainEvent | null => {
  const there = world.truth().messages;
  const gone = world.log.filter(
    ({ type, data }) => type === 'MessageDeleted' && !there.has(data.messageId),
  );
  const deleted = pick(gone, a);
  const first = world.log.find(
    ({ type, data }) =>
      type === 'MessagePosted' &&
      deleted?.type === 'MessageDeleted' &&
      data.messageId === deleted.data.messageId,
  );
  if (first?.type !== 'MessagePosted') return null;
  const { messageId: id, channelId: channel, authorId, content } = first.data;
  return {
    type: 'MessageRestored',
    data: { ...guild, messageId: id, channelId: channel, authorId, content, postedAt: noon },
  };
};

const restoredEvent = (world: World, a: number, b: number): DomainEvent | null => {
  if (b % 3 === 0)
    return {
      type: 'RoleRestored',
      data: {
        ...{ ...guild, roleId: EVERYONE, name: 'everyone', position: 0 as t.Int, createdAt: noon },
        ...{ systemKey: 'everyone', isSystem: true, colorHex: null },
        permissions: a % 4 === 0 ? [] : ['create_message'],
      },
    };
  return restoredMessage(world, a);
};

const memberEvent = (world: World, kind: number, a: number): DomainEvent => {
  const user = pick(USERS, a) ?? 1;
  if (!world.truth().members.has(userId(user)))
    return kind % 2 === 0
      ? events.joined(user)
      : {
          type: 'MemberRestored',
          data: { ...guild, userId: userId(user), joinedAt: noon, roleIds: [] },
        };
  const type = (['MemberKicked', 'MemberLeft', 'MemberBanned'] as const)[kind % 3] ?? 'MemberLeft';
  return { type, data: { ...guild, userId: userId(user) } };
};

const permissionEvent = (kind: number, a: number, b: number): DomainEvent => {
  if (kind === 0)
    return {
      type: 'RoleUpdated',
      data: { ...guild, roleId: EVERYONE, permissions: a % 3 === 0 ? [] : ['create_message'] },
    };
  const target =
    b % 2 === 0
      ? ({ kind: 'role', roleId: EVERYONE } as const)
      : ({ kind: 'member', userId: userId(pick(USERS, b) ?? 1) } as const);
  return {
    type: 'ChannelOverrideSet',
    data: {
      ...guild,
      channelId: channelId(pick(CHANNELS, a) ?? 1),
      target,
      allow: a % 5 < 2 ? ['create_message'] : [],
      deny: a % 5 === 2 ? ['create_message'] : [],
    },
  };
};

const peopleEvent = (world: World, a: number, b: number): DomainEvent => {
  const [one, other] = [userId(pick(USERS, a) ?? 1), userId(pick(USERS, a + 1) ?? 1)];
  if (b % 3 === 0)
    return {
      type: 'ProfileUpdated',
      data: { userId: one, username: `name ${world.log.length}`, at: noon },
    };
  if (world.truth().friends.has(`${one} ${other}`))
    return { type: 'FriendRemoved', data: { by: one, friendId: other, at: noon } };
  const requestId = '01J0000000000000000000000R' as FriendRequestId;
  return {
    type: 'FriendRequestAccepted',
    data: { requestId, senderId: one, recipientId: other, at: noon },
  };
};

const eventOf = (world: World, { kind, a, b }: Step & { readonly type: 'event' }) => {
  if (kind < 12) {
    posted += 1;
    const post = events.posted(posted, pick(CHANNELS, a) ?? 1, `post ${posted}`);
    return { ...post, data: { ...post.data, messageId: messageId(posted) } } as DomainEvent;
  }
  if (kind < 22) return messageEvent(world, kind - 12, a, b);
  if (kind < 24) return memberEvent(world, b, a);
  if (kind < 27) return permissionEvent(kind - 24, a, b);
  if (kind < 28)
    return {
      type: 'GuildUpdated',
      data: { ...guild, name: `guild ${world.log.length}` },
    } as DomainEvent;
  if (kind < 30) return peopleEvent(world, a, b);
  return restoredEvent(world, a, b);
};

const breath = () => new Promise(setImmediate);

const settle = async (clients: readonly ResumingClient[], processes: readonly Process[]) => {
  for (const one of processes) await one.isIdle();
  for (let turns = 0; turns < 50; turns += 1) {
    await breath();
    for (const client of clients) client.pump();
    if (clients.every((client) => client.isSettled() && client.isConnected())) break;
  }
  await breath();
  for (const client of clients) client.pump();
};

const perform = async (
  given: Step,
  world: World,
  clients: readonly ResumingClient[],
  processes: Process[],
) => {
  switch (given.type) {
    case 'event': {
      const event = eventOf(world, given);
      if (event !== null) world.happen(event);
      return;
    }
    case 'deliver': {
      const one = processes[given.process];
      await one?.isIdle();
      one?.deliver();
      return;
    }
    case 'cut': {
      const client = clients[given.client];
      client?.pump(given.after);
      client?.cut();
      return;
    }
    case 'connect': {
      const [client, to] = [clients[given.client], processes[given.process]];
      if (client?.isConnected() === false && to) await client.connect(to, given.how);
      return;
    }
    case 'subscribe':
      clients[given.client]?.subscribe(channelId(given.channel));
      return;
    case 'restart': {
      const old = processes[given.process];
      await old?.isIdle();
      for (const client of clients) if (client.process() === old) client.cut();
      await old?.stop();
      processes[given.process] = await world.startProcess();
      return;
    }
    case 'pause':
      await breath();
      for (const client of clients) client.pump();
  }
};

const run = async (steps: readonly Step[], cacheMisses: readonly boolean[], gatherMs: number) => {
  const world = createWorld({ users: USERS, channels: CHANNELS, cacheMisses, gatherMs });
  for (const channel of CHANNELS) world.happen(events.channel(channel));
  for (const user of USERS) world.happen(events.joined(user));
  const processes = [await world.startProcess(), await world.startProcess()];
  for (const one of processes) one.deliver();
  const clients = USERS.map((user) => createResumingClient(world, user));
  for (const [index, client] of clients.entries())
    await client.connect(processes[index % 2]!, 'replay');
  await settle(clients, processes);
  for (const client of clients)
    for (const channel of CHANNELS) client.subscribe(channelId(channel));
  await settle(clients, processes);
  for (const given of steps) await perform(given, world, clients, processes);
  // All news to all processes; whoever is away comes back.
  for (const one of processes) {
    await one.isIdle();
    one.deliver();
    await one.isIdle();
  }
  for (const client of clients) {
    client.pump();
    if (!client.isConnected()) await client.connect(processes[1]!, 'replay');
  }
  await settle(clients, processes);
  for (const one of processes) await one.stop();
  for (const client of clients) client.pump(); // What was gathered left at the end.
  return { world, clients };
};

/** What a client ended with, and what it should have. */
const outcomeOf = (world: World, { user, channels, friends, own, faults }: ResumingClient) => {
  const truth = world.truth();
  const isInside = channels.size > 0;
  const place = (members: Iterable<string>, name: string) =>
    isInside ? { members: [...members].sort(), name } : null;
  const others = USERS.map(userId).filter((id) => truth.friends.has(`${userId(user)} ${id}`));
  const visible = [...channels.keys()].filter((id) => truth.visible.has(`${userId(user)} ${id}`));
  return {
    has: {
      user,
      faults,
      channels: [...channels].map(([id, messages]) => [id, sorted([...messages])]),
      friends: [...friends].sort(),
      name: own.name,
      guild: place(own.members, own.guildName),
    },
    should: {
      user,
      faults: [],
      channels: visible.map((id) => [
        id,
        sorted(Object.entries(snapshotOf(truth.messages, id)) as [MessageId, StoredMessage][]),
      ]),
      friends: others,
      name: truth.names.get(userId(user)) ?? '',
      guild: place(truth.members, truth.guildName),
    },
  };
};
const sorted = (messages: readonly (readonly [MessageId, StoredMessage])[]) =>
  messages
    .map(([id, { content, reactions }]) => [id, content, Object.entries(reactions).sort()] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));

const expectTruth = (world: World, client: ResumingClient) => {
  const { has, should } = outcomeOf(world, client);
  // Jest's comparison takes longer than a whole history, so it is left for what differs.
  if (JSON.stringify(has) !== JSON.stringify(should)) expect(has).toEqual(should);
};

describe('who resumes', () => {
  it(`ends with what a fresh look shows, over ${RUNS} histories`, async () => {
    const seen = { resumed: 0, refused: 0, replayed: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 36, size: 'max' }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
        fc.constantFrom(0, 1_000),
        async (steps, cacheMisses, gatherMs) => {
          const { world, clients } = await run(steps, [...cacheMisses, ...MOSTLY_CACHED], gatherMs);
          for (const client of clients) {
            expectTruth(world, client);
            seen.resumed += client.count.resumed;
            seen.refused += client.count.refused;
            seen.replayed += client.count.replayed;
          }
        },
      ),
      { numRuns: RUNS },
    );
    // The histories say something: clients came back often and were told much.
    expect(seen.resumed).toBeGreaterThan(RUNS / 2);
    expect(seen.replayed).toBeGreaterThan(RUNS / 2);
    expect(seen.refused).toBeLessThan(seen.resumed);
  }, 600_000);
});
