import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import {
  channelScope,
  guildScope,
  personScope,
  PROFILES_SCOPE,
  type FeedScope,
} from '../../application/feed/feed-reader.ts';
import { type FriendRequestId } from '../../domain/shared/ids.ts';
import {
  channelNo,
  guildNo,
  messageNo,
  noon,
  userNo,
} from '../../domain/shared/testing/samples.ts';
import { CORE_PROJECTORS } from '../../projections/core-projectors.ts';
import { createFeedReader, UNREAD_MAX } from '../../projections/feed/reader.ts';
import { createKnownTo } from '../../projections/members/acquaintance-reader.ts';
import { migrate } from '../postgres/migrations.ts';
import { freshDatabase, type TestDatabase } from '../testing/database.ts';
import { OPS_MIGRATIONS } from './migrations.ts';
import { createReadModelQuery } from './read-model-query.ts';
import { createProjectionRunner, type ProjectionRunner } from './runner.ts';
import { createEventFeed, positionNo, type EventFeed } from './testing/event-feed.ts';

const at = noon;
const by = userNo(1);
const posted = (n: number, channel: number, authorN = 1): DomainEvent => ({
  type: 'MessagePosted',
  data: {
    messageId: messageNo(n),
    guildId: guildNo(1),
    channelId: channelNo(channel),
    authorId: userNo(authorN),
    content: 'sealed',
    attachmentIds: [],
    at,
  },
});
const deleted = (n: number, channel: number): DomainEvent => ({
  type: 'MessageDeleted',
  data: { messageId: messageNo(n), guildId: guildNo(1), channelId: channelNo(channel), by, at },
});
const member = (type: 'MemberJoined' | 'MemberKicked', userN: number): DomainEvent =>
  ({
    type,
    data: {
      guildId: guildNo(1),
      userId: userNo(userN),
      by,
      at,
      ...(type === 'MemberJoined' && { cause: 'added' }),
    },
  }) as DomainEvent;
const friends = (one: number, other: number): DomainEvent => ({
  type: 'FriendRequestAccepted',
  data: {
    requestId: '01J0000000000000000000000R' as FriendRequestId,
    senderId: userNo(one),
    recipientId: userNo(other),
    at,
  },
});
const renamed = (userN: number): DomainEvent => ({
  type: 'ProfileUpdated',
  data: { userId: userNo(userN), username: 'sealed', at },
});

describe('the feed', () => {
  let database: TestDatabase;
  let log: EventFeed;
  let runner: ProjectionRunner;

  beforeEach(async () => {
    database = await freshDatabase();
    await migrate(database.pool, OPS_MIGRATIONS);
    log = createEventFeed();
    runner = createProjectionRunner({
      pool: database.pool,
      store: log.store,
      projectors: CORE_PROJECTORS,
    });
    await runner.start();
  });
  afterEach(async () => {
    runner.stop();
    await database.drop();
  });
  const reader = () => createFeedReader({ query: createReadModelQuery(database) });
  const happened = (...events: readonly DomainEvent[]) => runner.apply(log.push(...events));
  const all = { after: positionNo(0), upTo: positionNo(1_000_000) };
  const positions = async (scopes: readonly FeedScope[], over: object = {}) => {
    const page = await reader().page({ scopes, ...all, limit: 100, ...over });
    return page.map(({ position }) => Number(position));
  };

  it('gives what concerns the scopes asked for, in order, from few scopes and from many', async () => {
    await happened(
      member('MemberJoined', 1),
      posted(1, 1),
      posted(2, 2),
      friends(1, 2),
      renamed(3),
      deleted(1, 1),
    );
    const scopes = [channelScope(channelNo(1)), guildScope(guildNo(1)), personScope(userNo(2))];
    expect(await positions(scopes)).toEqual([1, 2, 4, 6]);
    const more = Array.from({ length: 20 }, (_, n) => channelScope(channelNo(100 + n)));
    expect(await positions([...scopes, ...more])).toEqual([1, 2, 4, 6]);
    expect(await positions([PROFILES_SCOPE])).toEqual([5]);
    expect(await positions(scopes, { after: positionNo(1), limit: 2 })).toEqual([2, 4]);
    expect(await positions(scopes, { upTo: positionNo(4) })).toEqual([1, 2, 4]);
  });

  it('knows each place by its mark', async () => {
    await happened(posted(1, 1), friends(1, 2));
    expect(await reader().markAt(positionNo(2))).toBe('00000002');
    expect(await reader().markAt(positionNo(3))).toBeNull();
    expect(await reader().lastUpTo(positionNo(9))).toEqual({
      position: positionNo(2),
      mark: '00000002',
    });
    expect(await reader().lastUpTo(positionNo(0))).toBeNull();
  });

  it('finds the last removal of a person from a guild', async () => {
    const [kick, join] = [member('MemberKicked', 2), member('MemberJoined', 2)];
    await happened(join, kick, join, kick, member('MemberKicked', 3));
    const request = { guildId: guildNo(1), userId: userNo(2), ...all };
    expect(await reader().lastRemoval(request)).toBe(positionNo(4));
    expect(await reader().lastRemoval({ ...request, upTo: positionNo(3) })).toBe(positionNo(2));
    expect(await reader().lastRemoval({ ...request, after: positionNo(4) })).toBeNull();
  });

  it('counts the messages of others that are still there, up to a limit', async () => {
    const atLimit = Array.from({ length: UNREAD_MAX }, (_, n) => posted(1_000 + n, 2, 2));
    const above = Array.from({ length: UNREAD_MAX + 1 }, (_, n) => posted(2_000 + n, 3, 2));
    const events = [
      posted(1, 1, 2),
      posted(2, 1, 2),
      posted(3, 1, 1),
      posted(4, 1, 2),
      deleted(4, 1),
    ];
    const feed = log.push(...events, ...atLimit, ...above);
    // The actor is who posted, as in the log.
    await runner.apply(
      feed.map((event) =>
        event.type === 'MessagePosted'
          ? { ...event, meta: { ...event.meta, actor: `user:${event.data.authorId}` } }
          : event,
      ),
    );
    const missed = await reader().missed({
      channelIds: [1, 2, 3, 4].map(channelNo),
      readerId: userNo(1),
      after: positionNo(1),
      upTo: positionNo(events.length + atLimit.length + above.length),
    });
    expect(missed.map(({ unread, hasMore }) => [unread, hasMore])).toEqual([
      [1, false],
      [UNREAD_MAX, false],
      [UNREAD_MAX, true],
      [0, false],
    ]);
    expect(missed[0]).toMatchObject({
      lastMessageId: messageNo(3),
      lastPosition: positionNo(5),
    });
    expect(missed[3]).toMatchObject({ lastMessageId: null, lastPosition: null });
  });

  it('tells whom a person knows', async () => {
    await happened(member('MemberJoined', 1), member('MemberJoined', 2), friends(1, 3));
    const knownTo = createKnownTo({ query: createReadModelQuery(database) });
    const known = await knownTo(userNo(1), [1, 2, 3, 4].map(userNo));
    expect([...known].sort()).toEqual([1, 2, 3].map(userNo));
  });
});
