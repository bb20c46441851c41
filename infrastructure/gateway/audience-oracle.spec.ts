// No frame ever reaches someone who may not see it, and none is missed by someone who may: random histories of joins,
// kicks, bans, roles, overrides, posts, profiles, friends, subscriptions and hang-ups, against an oracle that replays the history for each
// single question.
import fc from 'fast-check';
import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import { type PermissionName } from '../../domain/permission/permissions.ts';
import { type FriendRequestId } from '../../domain/shared/ids.ts';
import { createFakeAccess, MANAGER } from './testing/fake-access.ts';
import { createFakeTransport, type FakeClient, type FakeFrame } from './testing/fake-transport.ts';
import { createHarness, events, NOBODY_KNOWN, tokenFor } from './testing/harness.ts';
import {
  channelId,
  EVERYONE,
  guildId,
  messageId,
  noon,
  roleId,
  userId,
} from './testing/samples.ts';

const USERS = 4;
const CHANNELS = 3;
const by = userId(1);
const guild = { guildId: guildId(1), by, at: noon };
const FRIEND = roleId(1);
const FAR_OFF = (noon + 1e9) as typeof noon;

// --- The oracle: plain loops over the whole history, nothing shared with the code under test.

const isMember = (history: readonly DomainEvent[], user: number): boolean => {
  let member = false;
  for (const event of history) {
    if (!('userId' in event.data) || event.data.userId !== userId(user)) continue;
    if (event.type === 'MemberJoined') member = true;
    if (['MemberKicked', 'MemberLeft', 'MemberBanned'].includes(event.type)) member = false;
  }
  return member;
};
const isGone = (history: readonly DomainEvent[], role: string): boolean =>
  history.some((event) => event.type === 'RoleDeleted' && event.data.roleId === role);
const holdsRole = (history: readonly DomainEvent[], user: number, role: string): boolean => {
  if (isGone(history, role)) return false;
  let holds = false;
  for (const [place, event] of history.entries()) {
    if (!('userId' in event.data) || event.data.userId !== userId(user)) continue;
    if (['MemberJoined', 'MemberKicked', 'MemberLeft', 'MemberBanned'].includes(event.type))
      holds = false;
    if (!('roleId' in event.data) || event.data.roleId !== role) continue;
    const given =
      event.type === 'MemberRoleAssigned' ||
      (event.type === 'MemberFixedRoleSet' && event.data.role === 'moderator');
    holds = given && isMember(history.slice(0, place), user);
  }
  return holds;
};
const AT_FIRST: readonly (readonly [role: string, permission: PermissionName])[] = [
  [EVERYONE, 'create_message'],
  [MANAGER, 'manage_channel_overrides'],
];
/** Whether one of their roles holds it, whatever channels say. */
const holds = (
  history: readonly DomainEvent[],
  user: number,
  permission: PermissionName,
): boolean =>
  [EVERYONE, FRIEND, MANAGER].some((role) => {
    if (role !== EVERYONE && !holdsRole(history, user, role)) return false;
    let does = AT_FIRST.some(([first, held]) => first === role && held === permission);
    for (const event of history)
      if (event.type === 'RoleUpdated' && event.data.roleId === role && event.data.permissions)
        does = event.data.permissions.includes(permission);
    return does;
  });
const lastWord = (history: readonly DomainEvent[], channel: string, target: string) => {
  let word: 'allow' | 'deny' | null = null;
  const made = history.findIndex(
    (e) => e.type === 'ChannelCreated' && e.data.channelId === channel,
  );
  for (const event of history.slice(made)) {
    if (event.type !== 'ChannelOverrideSet' || event.data.channelId !== channel) continue;
    const { target: said } = event.data;
    if ((said.kind === 'role' ? said.roleId : said.userId) !== target) continue;
    word = event.data.deny.length > 0 ? 'deny' : event.data.allow.length > 0 ? 'allow' : null;
  }
  return word;
};
const maySee = (history: readonly DomainEvent[], user: number, channel: string): boolean => {
  const exists = history.some((e) => e.type === 'ChannelCreated' && e.data.channelId === channel);
  if (!exists || !isMember(history, user)) return false;
  let may = holds(history, user, 'create_message');
  const words = [
    lastWord(history, channel, EVERYONE),
    holdsRole(history, user, FRIEND) ? lastWord(history, channel, FRIEND) : null,
    lastWord(history, channel, userId(user)),
  ];
  for (const word of words) if (word !== null) may = word === 'allow';
  return may;
};

const areFriends = (history: readonly DomainEvent[], one: string, other: string): boolean => {
  let friends = false;
  const isPair = (a: string, b: string) => (a === one && b === other) || (a === other && b === one);
  for (const { type, data } of history) {
    if (type === 'FriendRequestAccepted' && isPair(data.senderId, data.recipientId)) friends = true;
    if (type === 'FriendRemoved' && isPair(data.by, data.friendId)) friends = false;
  }
  return friends;
};
const ALL = Array.from({ length: USERS }, (_, index) => index + 1);
const knows = (history: readonly DomainEvent[], reader: number, about: number): boolean =>
  reader === about ||
  areFriends(history, userId(reader), userId(about)) ||
  (isMember(history, reader) && isMember(history, about));

// --- What can happen.

type Step =
  | { readonly type: 'event'; readonly event: DomainEvent }
  | { readonly type: 'deliver' } // The log's news reach permissions and gateway
  | { readonly type: 'connect'; readonly user: number }
  | { readonly type: 'subscribe'; readonly socket: number; readonly channel: number }
  | { readonly type: 'hang_up'; readonly socket: number }
  | { readonly type: 'pause' };

const user = fc.integer({ min: 1, max: USERS });
const channel = fc.integer({ min: 1, max: CHANNELS });
const membership = fc
  .record({
    type: fc.constantFrom('MemberKicked', 'MemberLeft', 'MemberBanned', 'MemberUnbanned'),
    user,
  })
  .map((given): DomainEvent => ({
    type: given.type as 'MemberKicked',
    data: { ...guild, userId: userId(given.user) },
  }));
const role = fc
  .record({
    type: fc.constantFrom('MemberRoleAssigned', 'MemberRoleUnassigned'),
    user,
    roleId: fc.constantFrom(FRIEND, MANAGER),
  })
  .map((given): DomainEvent => ({
    type: given.type as 'MemberRoleAssigned',
    data: { ...guild, userId: userId(given.user), roleId: given.roleId },
  }));
const fixedRole = fc
  .record({ user, role: fc.constantFrom('moderator' as const, 'member' as const) })
  .map((given): DomainEvent => ({
    type: 'MemberFixedRoleSet',
    data: { ...guild, userId: userId(given.user), role: given.role, roleId: FRIEND },
  }));
const timeout = fc
  .record({ user, until: fc.constantFrom(noon, FAR_OFF, null) })
  .map(({ user: index, until }): DomainEvent => {
    const data = { ...guild, userId: userId(index) };
    return until === null
      ? { type: 'MemberTimeoutLifted', data }
      : { type: 'MemberTimedOut', data: { ...data, until } };
  });
const changedRole = fc
  .record({
    roleId: fc.constantFrom(EVERYONE, FRIEND, MANAGER),
    permissions: fc.subarray(['create_message' as const, 'manage_channel_overrides' as const]),
  })
  .map((given): DomainEvent => ({ type: 'RoleUpdated', data: { ...guild, ...given } }));
const deletedRole = fc.constantFrom(FRIEND, MANAGER).map((role): DomainEvent => ({
  type: 'RoleDeleted',
  data: { ...guild, roleId: role },
}));
const override = fc
  .record({
    channel,
    target: fc.oneof(
      fc.constantFrom(EVERYONE, FRIEND).map((id) => ({ kind: 'role' as const, roleId: id })),
      user.map((index) => ({ kind: 'member' as const, userId: userId(index) })),
    ),
    word: fc.constantFrom('allow', 'deny', 'nothing'),
    named: fc.constantFrom({}, { fixedRole: 'moderator' as const }),
  })
  .map(({ channel: index, target, word, named }): DomainEvent => ({
    type: 'ChannelOverrideSet',
    data: {
      ...guild,
      channelId: channelId(index),
      target,
      allow: word === 'allow' ? ['create_message'] : [],
      deny: word === 'deny' ? ['create_message'] : [],
      ...named,
    },
  }));
const profile = user.map((index): DomainEvent => ({
  type: 'ProfileUpdated',
  data: { userId: userId(index), username: 'Renamed', at: noon },
}));
const requestId = '01J0000000000000000000000R' as FriendRequestId;
const friendship = fc
  .record({ one: user, other: user, ends: fc.boolean() })
  .filter(({ one, other }) => one !== other)
  .map(({ one, other, ends }): DomainEvent => {
    const [a, b] = [userId(one), userId(other)];
    return ends
      ? { type: 'FriendRemoved', data: { by: a, friendId: b, at: noon } }
      : {
          type: 'FriendRequestAccepted',
          data: { requestId, senderId: a, recipientId: b, at: noon },
        };
  });
const event: fc.Arbitrary<DomainEvent> = fc.oneof(
  { weight: 4, arbitrary: profile },
  { weight: 3, arbitrary: friendship },
  { weight: 3, arbitrary: user.map(events.joined) },
  { weight: 2, arbitrary: membership },
  { weight: 2, arbitrary: role },
  { weight: 1, arbitrary: fixedRole },
  { weight: 1, arbitrary: timeout },
  { weight: 2, arbitrary: changedRole },
  { weight: 1, arbitrary: deletedRole },
  { weight: 3, arbitrary: override },
  { weight: 1, arbitrary: channel.map(events.channel) },
  { weight: 6, arbitrary: channel.map((index) => events.posted(0, index, 'x')) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: event.map((happened) => ({ type: 'event' as const, event: happened })) },
  { weight: 4, arbitrary: fc.constant({ type: 'deliver' as const }) },
  { weight: 2, arbitrary: user.map((index) => ({ type: 'connect' as const, user: index })) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('subscribe' as const),
      socket: fc.nat(7),
      channel,
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('hang_up' as const), socket: fc.nat(7) }) },
  { weight: 2, arbitrary: fc.constant({ type: 'pause' as const }) },
);

/** Whether the log could hold it after this history: who is a member can't join again, which would take roles away. */
const canHappen = (history: readonly DomainEvent[], { type, data }: DomainEvent): boolean =>
  type !== 'MemberJoined' || !ALL.some((it) => userId(it) === data.userId && isMember(history, it));

type Watched = { readonly user: number; readonly client: FakeClient };
type Delivery = { readonly from: number; readonly to: number; readonly seen: number[] };

const run = async (steps: readonly Step[], cacheMisses: readonly boolean[]) => {
  let looks = 0;
  let delivered = 0;
  const isCached = () => cacheMisses[looks++ % cacheMisses.length] !== true;
  const transport = createFakeTransport();
  const history: DomainEvent[] = [];
  // What the read models have: they come before the gateway.
  const projected = () => history.slice(0, delivered);
  const harness = createHarness({
    people: {
      ...NOBODY_KNOWN,
      friendIdsOf: (one) =>
        Promise.resolve(ALL.map(userId).filter((id) => areFriends(projected(), one, id))),
      guildsOfPerson: (one) =>
        Promise.resolve(
          ALL.some((index) => userId(index) === one && isMember(projected(), index))
            ? [guildId(1)]
            : [],
        ),
    },
    port: transport.port,
    access: createFakeAccess({ isCached }),
    limits: { gatewayIngressEventsMax: 10_000 },
  });
  await harness.gateway.listen('test', 1);
  const sockets: Watched[] = [];
  const deliveries: Delivery[] = []; // Batches, with how many frames each socket had before
  let last: Promise<void> = Promise.resolve();
  const deliver = () => {
    const from = delivered;
    delivered = history.length;
    const batch = history.slice(from).map((happened, index) => withPlace(happened, from + index));
    deliveries.push({
      from,
      to: delivered,
      seen: sockets.map(({ client }) => client.frames.length),
    });
    last = harness.happen(...batch);
  };
  for (const given of steps) {
    if (given.type === 'event' && canHappen(history, given.event)) history.push(given.event);
    if (given.type === 'deliver') deliver();
    if (given.type === 'connect' && sockets.length < 8) {
      const query = `access_token=${tokenFor(given.user)}`;
      const client = await transport.connect({ query });
      if (typeof client !== 'string') sockets.push({ user: given.user, client });
    }
    const socket = 'socket' in given ? sockets[given.socket] : undefined;
    if (given.type === 'hang_up') socket?.client.hangUp();
    if (given.type === 'subscribe' && socket && !socket.client.ended())
      socket.client.send('subscribe', {
        guild_id: guildId(1),
        channel_id: channelId(given.channel),
      });
    // The next batch only follows when this one is done, as in the pipeline; subscribing goes on meanwhile.
    if (given.type === 'pause') await new Promise(setImmediate);
    if (given.type === 'event') await last;
  }
  await last;
  deliver();
  await last;
  await harness.gateway.close(0);
  return { history, sockets, deliveries };
};

/** Marks an event with its place in the history, in a field that its frame repeats. */
const withPlace = (happened: DomainEvent, place: number): DomainEvent => {
  if (happened.type === 'MessagePosted')
    return { ...happened, data: { ...happened.data, messageId: messageId(place) } };
  if (happened.type === 'ChannelCreated')
    return { ...happened, data: { ...happened.data, name: String(place) } };
  if (happened.type === 'ChannelOverrideSet')
    return { ...happened, data: { ...happened.data, at: (place * 1_000) as typeof noon } };
  if (isAboutPeople(happened))
    return { ...happened, data: { ...happened.data, at: (place * 1_000) as typeof noon } } as never;
  return happened;
};

type AboutPeople = Extract<
  DomainEvent,
  { readonly type: 'ProfileUpdated' | 'FriendRequestAccepted' | 'FriendRemoved' }
>;
const isAboutPeople = (happened: DomainEvent): happened is AboutPeople =>
  ['ProfileUpdated', 'FriendRequestAccepted', 'FriendRemoved'].includes(happened.type);
/** The place of the event that a frame about people tells of; null for other frames. */
const placeAboutPeople = ({ t, d }: FakeFrame): number | null => {
  if (t === 'profile_update' || t === 'friend_request_update') return Number(d['updated_at_unix']);
  return t === 'friend_remove' ? Number(d['removed_at_unix']) : null;
};
/** Whether this reader hears of an event about people, as things stand after this history. */
const concerns = (history: readonly DomainEvent[], reader: number, happened: AboutPeople) => {
  const me = userId(reader);
  switch (happened.type) {
    case 'ProfileUpdated':
      return ALL.some(
        (index) => userId(index) === happened.data.userId && knows(history, reader, index),
      );
    case 'FriendRequestAccepted':
      return [happened.data.senderId, happened.data.recipientId].includes(me);
    case 'FriendRemoved':
      return [happened.data.by, happened.data.friendId].includes(me);
  }
};

const placeOf = ({ d }: FakeFrame) => Number(String(d['message_id']).slice(4));
const channelIn = ({ t, d }: FakeFrame): string => {
  const of = t === 'channel_create' ? (d['channel'] as Record<string, unknown>) : d;
  return String(of['channel_id']);
};

/** The event a filtered frame speaks of, and from how long before it one may have known of it; null: unfiltered. */
const subjectOf = (frame: FakeFrame): { place: number; earliest: number } | null => {
  switch (frame.t) {
    case 'message_create':
      return { place: placeOf(frame), earliest: placeOf(frame) + 1 };
    case 'channel_create': {
      const place = Number((frame.d['channel'] as Record<string, unknown>)['name']);
      return { place, earliest: place + 1 };
    }
    case 'workspace_channel_role_override_update':
    case 'workspace_channel_permission_override_update': {
      // Who heard the channel until this very change is told of it.
      const place = Number(frame.d['updated_at_unix']);
      return { place, earliest: place };
    }
    default:
      return null;
  }
};
const maySeeFrame = (history: readonly DomainEvent[], reader: number, frame: FakeFrame) =>
  maySee(history, reader, channelIn(frame)) ||
  (frame.t.endsWith('_override_update') &&
    isMember(history, reader) &&
    holds(history, reader, 'manage_channel_overrides'));

type Outcome = Awaited<ReturnType<typeof run>>;

const expectNoLeak = ({ history, sockets, deliveries }: Outcome) => {
  for (const { user: reader, client } of sockets) {
    let isOutside = true; // Of the guild's talk: from the removal to the next accepted subscribe
    for (const frame of client.frames) {
      if (frame.t === 'ready' || placeAboutPeople(frame) !== null) continue;
      if (frame.t === 'presence_sync') isOutside = false;
      expect({ frame, isOutside }).toEqual({ frame, isOutside: false });
      if (frame.t === 'workspace_member_remove' && frame.d['user_id'] === userId(reader))
        isOutside = true;
      const subject = subjectOf(frame);
      if (subject === null) continue;
      const { place, earliest } = subject;
      const batch = deliveries.find(({ from, to }) => from <= place && place < to);
      const ends = [earliest, place + 1, batch?.to ?? 0];
      const mayHear = ends.some((end) => maySeeFrame(history.slice(0, end), reader, frame));
      expect({ reader, frame, mayHear }).toEqual({ reader, frame, mayHear: true });
    }
  }
};

/** Whose moments these are: from the event to the end of its batch, which read models have already. */
const momentsOf = ({ history, deliveries }: Outcome, place: number) => {
  const to = deliveries.find((batch) => batch.from <= place && place < batch.to)?.to ?? 0;
  return Array.from({ length: to - place }, (_, i) => history.slice(0, place + 1 + i));
};

const expectPeopleHeardRightly = (outcome: Outcome) => {
  const { history, sockets, deliveries } = outcome;
  sockets.forEach(({ user: reader, client }, socket) => {
    const heard = client.frames.flatMap((frame) => placeAboutPeople(frame) ?? []);
    expect(heard).toEqual([...new Set(heard)].sort((a, b) => a - b));
    for (const place of heard) {
      const happened = history[place]!;
      const mayHear =
        isAboutPeople(happened) &&
        momentsOf(outcome, place).some((until) => concerns(until, reader, happened));
      expect({ reader, happened, mayHear }).toEqual({ reader, happened, mayHear: true });
    }
    if (client.ended()?.code === 1000) return;
    for (const { from, to, seen } of deliveries) {
      if ((seen[socket] ?? 0) === 0) continue; // Was not there yet
      for (let place = from; place < to; place += 1) {
        const happened = history[place]!;
        if (!isAboutPeople(happened)) continue;
        const always = Array.from({ length: to - from + 1 }, (_, i) => history.slice(0, from + i));
        const mustHear = always.every((until) => concerns(until, reader, happened));
        if (mustHear) expect(heard).toContain(place);
      }
    }
  });
};

const expectNoneMissed = ({ history, sockets, deliveries }: Outcome) => {
  sockets.forEach(({ user: reader, client }, socket) => {
    if (client.ended()?.code === 1000) return; // Who hung up misses what follows.
    const heard = client.frames.filter(({ t }) => t === 'message_create').map(placeOf);
    expect(heard).toEqual([...new Set(heard)].sort((a, b) => a - b));
    for (const { from, to, seen } of deliveries) {
      const before = client.frames.slice(0, seen[socket] ?? 0);
      for (const name of [1, 2, 3].map(channelId)) {
        const about = before.filter(({ d }) => d['channel_id'] === name);
        const since = about.findLastIndex(({ t }) => t === 'subscribed' || t === 'unsubscribed');
        if (about[since]?.t !== 'subscribed') continue;
        const removedAt = before.findLastIndex(
          ({ t, d }) => t === 'workspace_member_remove' && d['user_id'] === userId(reader),
        );
        const confirmedAt = before.findLastIndex(
          ({ t, d }) => t === 'subscribed' && d['channel_id'] === name,
        );
        if (removedAt > confirmedAt) continue;
        for (let place = from; place < to; place += 1) {
          if (!maySee(history.slice(0, place + 1), reader, name)) break;
          if (!maySee(history.slice(0, to), reader, name)) break;
          const posted = history[place];
          if (posted?.type === 'MessagePosted' && posted.data.channelId === name)
            expect(heard).toContain(place);
        }
      }
    }
  });
};

describe('the audience of every frame', () => {
  it('is exactly those who may see it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
        async (steps, cacheMisses) => {
          const begin: Step[] = [
            ...[1, 2].map((index) => ({ type: 'event' as const, event: events.channel(index) })),
            ...[1, 2, 3].map((index) => ({ type: 'event' as const, event: events.joined(index) })),
            { type: 'deliver' },
            ...[1, 2, 3, 4].map((index) => ({ type: 'connect' as const, user: index })),
          ];
          const outcome = await run([...begin, ...steps], cacheMisses);
          expectNoLeak(outcome);
          expectNoneMissed(outcome);
          expectPeopleHeardRightly(outcome);
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);
});
