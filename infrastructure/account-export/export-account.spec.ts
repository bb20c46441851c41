// The export over a log in memory: of random histories, at random positions, in pages of any size.
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { isLeft } from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type * as t from 'io-ts';
import {
  createExportAccount,
  ErasedMeanwhile,
  type ExportPorts,
  type ExportSink,
} from '../../application/account-export/export-account.ts';
import { type Fields } from '../../application/account-export/given-of-event.ts';
import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import {
  attachmentNo,
  channelNo,
  guildNo,
  messageNo,
  noon,
  pictureNo,
  userNo,
} from '../../domain/shared/testing/samples.ts';
import { createMemoryLog } from '../event-log/memory/memory-log.ts';
import { createEventStore } from '../event-store/event-store.ts';
import { createContentKeys } from '../vault/content-keys.ts';
import { createDataKeys } from '../vault/data-keys.ts';
import { createMemorySalts } from '../vault/testing/memory-salts.ts';

const [self, other] = [userNo(1), userNo(2)];
const place = { guildId: guildNo(1), channelId: channelNo(1) };
const at = noon;

const NOTHING: ExportPorts['record'] = {
  passwordChangedAt: () => Promise.resolve(null),
  // eslint-disable-next-line @typescript-eslint/require-await -- the port's form
  sessions: async function* () {
    yield* [];
  },
  // eslint-disable-next-line @typescript-eslint/require-await -- the port's form
  addresses: async function* () {
    yield* [];
  },
};

const openWorld = (blobs: ExportPorts['blobs']['read'] = () => TE.left({ type: 'NoSuchBlob' })) => {
  const salts = createMemorySalts();
  const dataKeys = createDataKeys({ masterKey: Buffer.alloc(32, 1), salts });
  const eventLog = createMemoryLog({ writeVault: salts.apply });
  const store = createEventStore({ log: eventLog, dataKeys, newUuid: randomUUID });
  const keys = createContentKeys(dataKeys);
  const revisions = new Map<string, number>();
  const write = async (stream: string, ...events: readonly DomainEvent[]): Promise<Position> => {
    const context = { actor: 'system', correlationId: randomUUID() };
    const expected = revisions.get(stream) ?? 'no_stream';
    const appended = await store.append({ stream, expected, events, context })();
    if (isLeft(appended)) throw new Error(appended.left.type);
    revisions.set(stream, appended.right.firstRevision + events.length - 1);
    return appended.right.position;
  };
  const exportUpTo = async (upTo: Position, page?: number, onLine = () => Promise.resolve()) => {
    const lines: (Fields & { readonly of: string })[] = [];
    let account: Fields = {};
    const kept = new Map<string, string>();
    const sink: ExportSink = {
      line: (file, value) => {
        lines.push({ of: file, ...value });
        return onLine();
      },
      account: (value) => {
        account = value;
        return Promise.resolve();
      },
      bytes: async (name, source) => {
        const pieces: Buffer[] = [];
        for await (const piece of source) pieces.push(piece);
        kept.set(name, Buffer.concat(pieces).toString());
        return { path: name, sha256: 'of it' };
      },
    };
    const ports = { store, eventLog, keys, blobs: { read: blobs }, record: NOTHING };
    const run = createExportAccount({ ...ports, ...(page !== undefined && { page }) });
    const { signal } = new AbortController();
    const exported = await run({ userId: self, upTo, signal, onProgress: () => {} }, sink);
    return { lines, account, kept, exported };
  };
  return { store, keys, write, exportUpTo };
};

type Kept = {
  readonly author: boolean;
  content: string | null;
  replaced: boolean;
  deleted: 'self' | 'other' | null;
};

const MESSAGES = 5;
const messageOp = fc.record({
  what: fc.constantFrom('post', 'edit', 'moderate', 'delete', 'remove', 'react'),
  n: fc.integer({ min: 0, max: MESSAGES - 1 }),
});
const authorOf = (n: number) => (n % 2 === 0 ? self : other);

/** What an operation says and does; null when it makes no sense there. */
const step = (kept: Kept | undefined, { what, n }: { what: string; n: number }, text: string) => {
  const where = { ...place, messageId: messageNo(n) };
  const [author, moderator] = [authorOf(n), authorOf(n + 1)];
  if (what === 'post')
    return kept === undefined
      ? ({
          type: 'MessagePosted',
          data: { ...where, authorId: author, content: text, attachmentIds: [], at },
        } as const)
      : null;
  if (kept === undefined || kept.deleted !== null) return null;
  if (what === 'edit')
    return { type: 'MessageEdited', data: { ...where, by: author, content: text, at } } as const;
  if (what === 'moderate')
    return {
      type: 'MessageEdited',
      data: { ...where, by: moderator, authorId: author, content: text, at },
    } as const;
  if (what === 'react')
    return {
      type: 'ReactionAdded',
      data: { ...where, userId: moderator, emoji: text, at },
    } as const;
  return {
    type: 'MessageDeleted',
    data: {
      ...where,
      at,
      ...(what === 'delete' ? { by: author } : { by: moderator, authorId: author }),
    },
  } as const;
};

const evolve = (kept: Kept | undefined, event: NonNullable<ReturnType<typeof step>>): Kept => {
  switch (event.type) {
    case 'MessagePosted':
      return {
        ...{ author: event.data.authorId === self, content: event.data.content },
        ...{ replaced: false, deleted: null },
      };
    case 'MessageEdited':
      return 'authorId' in event.data
        ? { ...kept!, replaced: true }
        : { ...kept!, content: event.data.content, replaced: false };
    case 'MessageDeleted':
      return { ...kept!, deleted: 'authorId' in event.data ? 'other' : 'self' };
    case 'ReactionAdded':
      return kept!;
  }
};

const whoWrote = ({ type, data }: NonNullable<ReturnType<typeof step>>) =>
  type === 'MessagePosted' ? data.authorId : type === 'ReactionAdded' ? data.userId : data.by;

it('gives every message as it stood then, whatever the pages, and no word of anybody else', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(messageOp, { maxLength: 60 }),
      fc.nat(),
      fc.integer({ min: 1, max: 70 }),
      async (ops, cut, page) => {
        const { store, write, exportUpTo } = openWorld();
        const states: ReadonlyMap<number, Kept>[] = [new Map()];
        const positions: Position[] = [store.start];
        const theirs: string[] = [];
        const others: string[] = [];
        for (const [index, op] of ops.entries()) {
          const now = states.at(-1)!;
          const text = `word${index}.`;
          const event = step(now.get(op.n), op, text);
          if (event === null) continue;
          positions.push(await write(`message-${messageNo(op.n)}`, event));
          states.push(new Map(now).set(op.n, evolve(now.get(op.n), event)));
          const by = whoWrote(event);
          (by === self ? theirs : others).push(text);
        }
        const chosen = cut % positions.length;
        const { lines } = await exportUpTo(positions[chosen]!, page);
        const expected = [...states[chosen]!]
          .filter(([, { author }]) => author)
          .map(([n, { content, replaced, deleted }]) => [messageNo(n), content, replaced, deleted]);
        const given = lines
          .filter(({ of }) => of === 'messages')
          .map((line) => [
            line['message_id'],
            line['content'],
            line['replaced_by_other'],
            line['deleted_at'] === null
              ? null
              : line['deleted_by_self'] === true
                ? 'self'
                : 'other',
          ]);
        expect(given).toEqual(expected);
        const all = JSON.stringify(lines);
        expect(others.filter((word) => all.includes(word))).toEqual([]);
        // The same whatever the page.
        expect((await exportUpTo(positions[chosen]!)).lines).toEqual(lines);
      },
    ),
    { numRuns: 150 },
  ));

it.each([999, 1_000, 1_001])('gives all of %i messages', async (count) => {
  const { write, exportUpTo } = openWorld();
  let last = '' as Position;
  for (let n = 0; n < count; n += 1)
    last = await write(`message-${messageNo(n)}`, {
      type: 'MessagePosted',
      data: {
        ...place,
        messageId: messageNo(n),
        authorId: self,
        content: `no ${n}`,
        attachmentIds: [],
        at,
      },
    });
  const { lines } = await exportUpTo(last);
  expect(lines.map((line) => line['content'])).toEqual(
    Array.from({ length: count }, (_, n) => `no ${n}`),
  );
});

it.each([6, 7, 8, 506, 507, 508])('finds the edit after %i reactions', async (count) => {
  const { write, exportUpTo } = openWorld();
  const where = { ...place, messageId: messageNo(1) };
  const stream = `message-${messageNo(1)}`;
  await write(stream, {
    type: 'MessagePosted',
    data: { ...where, authorId: self, content: 'first', attachmentIds: [], at },
  });
  const reactions = Array.from({ length: count }, (_, n) => ({
    type: 'ReactionAdded' as const,
    data: { ...where, userId: userNo(n + 2), emoji: 'x', at },
  }));
  await write(stream, ...reactions);
  const last = await write(stream, {
    type: 'MessageEdited',
    data: { ...where, by: self, content: 'second', at },
  });
  const { lines } = await exportUpTo(last);
  expect(lines).toMatchObject([
    { of: 'messages', content: 'second', edited_at: new Date(at).toISOString() },
  ]);
});

const registered: DomainEvent = {
  type: 'AccountRegistered',
  data: { userId: self, username: 'Ada', at },
};
const uploaded: DomainEvent = {
  type: 'AttachmentUploaded',
  data: {
    ...{ ...place, attachmentId: attachmentNo(1), ownerId: self, filename: '../../Of me.PDF' },
    ...{ sha256Hex: 'ab', mimeType: 'application/pdf', sizeBytes: 4 as t.Int, at },
  },
};
const chosen: DomainEvent = {
  type: 'ProfilePictureChanged',
  data: {
    ...{ userId: self, kind: 'avatar', pictureId: pictureNo(1), version: 1 as t.Int },
    ...{ mimeType: 'image/webp', sizeBytes: 4 as t.Int, sha256Hex: 'cd', at },
  },
};

// eslint-disable-next-line @typescript-eslint/require-await -- a stream, as the port has it
async function* four(fails = false) {
  yield Buffer.from('fo');
  if (fails) throw new Error('altered');
  yield Buffer.from('ur');
}

describe('the bytes of what they uploaded', () => {
  const setUp = async (read: ExportPorts['blobs']['read']) => {
    const world = openWorld(read);
    await world.write(`attachment-${attachmentNo(1)}`, uploaded);
    // A picture's key comes with its bytes, which are no part of this world's appends.
    return { ...world, head: await world.write(`account-${self}`, registered) };
  };

  it('are kept under a name that can do no harm', async () => {
    const { exportUpTo, head } = await setUp(() => TE.right(four()));
    const { lines, kept } = await exportUpTo(head);
    const name = `attachments/${attachmentNo(1)}.pdf`;
    expect([...kept]).toEqual([[name, 'four']]);
    expect(lines[0]).toMatchObject({
      ...{ file: name, filename: '../../Of me.PDF', file_state: 'given', deleted_at: null },
    });
  });

  it.each([
    ['that are damaged', () => TE.left({ type: 'Damaged' } as const)],
    ['that break off', () => TE.right(four(true))],
  ])('%s are said to be unreadable, and the rest is given', async (_, read) => {
    const { exportUpTo, head } = await setUp(read);
    const { lines, exported, account } = await exportUpTo(head);
    expect(lines[0]).toMatchObject({ file: null, file_state: 'unreadable' });
    expect([exported.missingFiles, account['username']]).toEqual([1, 'Ada']);
  });

  it('are destroyed when their key is', async () => {
    const { exportUpTo, head, keys } = await setUp(() => TE.right(four()));
    await keys.destroy(`attachment:${attachmentNo(1)}`);
    const { lines, exported } = await exportUpTo(head);
    expect(lines[0]).toMatchObject({ file: null, file_state: 'destroyed', filename: null });
    expect(exported.missingFiles).toBe(0);
  });

  it('stop everything when their store is away', async () => {
    const { exportUpTo, head } = await setUp(() =>
      TE.left({ type: 'StoreUnavailable', reason: 'no route' }),
    );
    await expect(exportUpTo(head)).rejects.toThrow('no route');
  });

  it('of a former picture are gone', async () => {
    const { write, exportUpTo } = openWorld(() => TE.right(four()));
    const { lines } = await exportUpTo(await write(`account-${self}`, registered, chosen));
    expect(lines[1]).toMatchObject({ file: null, file_state: 'destroyed', kind: 'avatar' });
  });
});

it('is given up when the account is erased meanwhile, and says so of one that was before', async () => {
  const { write, exportUpTo, store } = openWorld();
  const head = await write(`account-${self}`, registered);
  let isErased = false;
  const erase = async () => {
    if (isErased) return;
    isErased = true;
    await write(`account-${self}`, { type: 'AccountErased', data: { userId: self, at } });
  };
  await expect(exportUpTo(head, 1, erase)).rejects.toThrow(ErasedMeanwhile);
  const { exported, account } = await exportUpTo(await store.head());
  expect([exported.erasedAt, account['username'], account['erased_at']]).toEqual([
    ...[new Date(at).toISOString(), null, new Date(at).toISOString()],
  ]);
});
