import type * as t from 'io-ts';
import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import {
  attachmentNo,
  channelNo,
  guildNo,
  messageNo,
  noon,
  userNo,
} from '../../domain/shared/testing/samples.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { createAttachmentReader } from '../../projections/attachments/reader.ts';
import { CORE_PROJECTORS } from '../../projections/core-projectors.ts';
import { createMessageReader } from '../../projections/messages/reader.ts';
import { migrate } from '../postgres/migrations.ts';
import { freshDatabase, type TestDatabase } from '../testing/database.ts';
import { OPS_MIGRATIONS } from './migrations.ts';
import { createReadModelQuery } from './read-model-query.ts';
import { createProjectionRunner, type ProjectionRunner } from './runner.ts';
import { createEventFeed, type EventFeed } from './testing/event-feed.ts';
import { unsealing } from './testing/unsealing.ts';

const place = { guildId: guildNo(1), channelId: channelNo(1) };
const later = (secs: number) => (noon + secs * 1000) as Timestamp;
const of = (n: number, secs = 0) => ({
  userId: userNo(1),
  attachmentId: attachmentNo(n),
  at: later(secs),
});
const reserved = (n: number, secs = 0): DomainEvent => ({
  type: 'StorageReserved',
  data: { ...of(n, secs), bytes: 7 as t.Int },
});
const uploaded = (n: number, secs = 0): DomainEvent => ({
  type: 'AttachmentUploaded',
  data: {
    ...place,
    attachmentId: attachmentNo(n),
    ownerId: userNo(1),
    filename: `file-${n}`,
    sha256Hex: 'ab',
    mimeType: 'image/png',
    sizeBytes: 7 as t.Int,
    at: later(secs),
  },
});
const posted = (message: number, ...ids: readonly number[]): DomainEvent => ({
  type: 'MessagePosted',
  data: {
    ...place,
    messageId: messageNo(message),
    authorId: userNo(1),
    content: '',
    attachmentIds: ids.map(attachmentNo),
    at: noon,
  },
});
const messageDeleted = (message: number, ...ids: readonly number[]): DomainEvent => ({
  type: 'MessageDeleted',
  data: {
    ...place,
    messageId: messageNo(message),
    by: userNo(1),
    attachmentIds: ids.map(attachmentNo),
    at: noon,
  },
});
const deleted = (n: number): DomainEvent => ({
  type: 'AttachmentDeleted',
  data: {
    ...place,
    attachmentId: attachmentNo(n),
    ownerId: userNo(1),
    by: userNo(1),
    cause: 'request',
    at: noon,
  },
});
const released = (n: number): DomainEvent => ({ type: 'StorageReleased', data: of(n) });
const abandoned = (n: number): DomainEvent => ({ type: 'AttachmentAbandoned', data: of(n) });

describe('the read model of attachments', () => {
  let database: TestDatabase;
  let feed: EventFeed;
  let runner: ProjectionRunner;

  beforeEach(async () => {
    database = await freshDatabase();
    const { pool } = database;
    await migrate(pool, OPS_MIGRATIONS);
    feed = createEventFeed();
    runner = createProjectionRunner({ pool, store: feed.store, projectors: CORE_PROJECTORS });
    await runner.start();
  });
  afterEach(async () => {
    runner.stop();
    await database.drop();
  });
  const happened = (...events: readonly DomainEvent[]) => runner.apply(feed.push(...events));
  const query = () => createReadModelQuery({ pool: database.pool });
  const reader = () => createAttachmentReader({ query: query(), sealer: unsealing });
  const find = (n: number) => reader().find({ ...place, attachmentId: attachmentNo(n) });
  const shown = async () => {
    const messages = createMessageReader({
      query: query(),
      sealer: unsealing,
      contents: {
        render: (texts) => Promise.resolve(texts.map(() => ({ content: '', tokens: [] }))),
      },
    });
    const page = await messages.page({ ...place, readerId: userNo(1), before: null, limit: 10 });
    return page.map(({ attachments }) => attachments.map(({ filename }) => filename));
  };
  const leftovers = async (
    uploadsBefore: number,
    unusedBefore: number,
    after: number | null = null,
  ) =>
    (
      await reader().leftovers({
        uploadsBefore: later(uploadsBefore),
        unusedBefore: later(unusedBefore),
        after: after === null ? null : attachmentNo(after),
        limit: 2,
      })
    ).map(({ attachmentId, isDoomed }) => [Number(attachmentId.slice(-5)), isDoomed]);

  it('finds an attachment in its own place only', async () => {
    await happened(reserved(1), uploaded(1));
    expect(await find(1)).toEqual({
      attachment_id: attachmentNo(1),
      guild_id: guildNo(1),
      channel_id: channelNo(1),
      owner_id: userNo(1),
      filename: 'file-1',
      mime_type: 'image/png',
      size_bytes: 7,
      sha256_hex: 'ab',
    });
    const attachmentId = attachmentNo(1);
    expect(await reader().find({ ...place, channelId: channelNo(2), attachmentId })).toBeNull();
    expect(await reader().find({ ...place, guildId: guildNo(2), attachmentId })).toBeNull();
    expect(await find(2)).toBeNull();
  });

  it('shows them with their messages, by time of upload, then id', async () => {
    await happened(...[reserved(1), reserved(2), reserved(3)]);
    await happened(uploaded(3, 1), uploaded(2, 2), uploaded(1, 2), posted(1, 1, 2, 3), posted(2));
    expect(await shown()).toEqual([[], ['file-3', 'file-1', 'file-2']]);
    const ofMessages = await reader().ofMessages([messageNo(1), messageNo(2)]);
    expect([...ofMessages.keys()]).toEqual([messageNo(1)]);
    expect(ofMessages.get(messageNo(1))?.map(({ filename }) => filename)).toEqual([
      'file-3',
      'file-1',
      'file-2',
    ]);
  });

  it('hides them once deleted, alone or with their message', async () => {
    await happened(reserved(1), uploaded(1), reserved(2), uploaded(2), posted(1, 1, 2));
    await happened(deleted(1));
    expect(await shown()).toEqual([['file-2']]);
    expect(await find(1)).toBeNull();
    await happened(messageDeleted(1, 1, 2));
    expect(await find(2)).toBeNull();
    expect(await shown()).toEqual([]);
  });

  it('leaves nothing out of sight of housekeeping until all of it is gone', async () => {
    await happened(reserved(1, 10), reserved(2, 20), uploaded(2, 21), reserved(3, 30));
    await happened(uploaded(3, 31), posted(1, 3));
    expect(await leftovers(10, 10)).toEqual([]); // Nothing is old enough.
    expect(await leftovers(11, 10)).toEqual([[1, false]]); // An upload that never ended
    expect(await leftovers(50, 20)).toEqual([[1, false]]); // The second may still be used
    expect(await leftovers(50, 50)).toEqual([
      [1, false],
      [2, false],
    ]);
    await happened(deleted(2), messageDeleted(1, 3));
    expect(await leftovers(0, 0)).toEqual([
      [2, true],
      [3, true],
    ]);
    expect(await leftovers(0, 0, 2)).toEqual([[3, true]]);
    await happened(abandoned(1));
    expect(await leftovers(0, 0)).toEqual([
      [1, true],
      [2, true],
    ]);
    await happened(released(1), released(2), released(3));
    expect(await leftovers(100, 100)).toEqual([]);
  });
});
