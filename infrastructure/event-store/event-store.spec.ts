import { isLeft, left } from 'fp-ts/lib/Either.js';
import * as fc from 'fast-check';
import {
  EVENT_KINDS,
  type DomainEvent,
  type EventType,
} from '../../application/event-store/event-catalogue.ts';
import { type ExpectedRevision } from '../../application/event-store/event-log.ts';
import { type CommandContext } from '../../application/event-store/event-store.ts';
import { createContentKeys } from '../vault/content-keys.ts';
import { createDataKeys } from '../vault/data-keys.ts';
import { createMemorySalts } from '../vault/testing/memory-salts.ts';
import { createEventStore, StreamUndecodable } from './event-store.ts';
import { createSealer } from './sealer.ts';
import { createKeptLog } from './testing/kept-log.ts';
import { guildId, messageId, noon, sample, SAMPLES, userId } from './testing/samples.ts';
import { createUuidV7 } from './uuid-v7.ts';

const context: CommandContext = {
  actor: `user:${userId}`,
  correlationId: '00000000-0000-4000-8000-000000000001',
};
const masterKey = Buffer.alloc(32, 1);
const messageStream = `message-${messageId}`;
const messageScope = `message:${messageId}`;

const setUp = () => {
  const salts = createMemorySalts();
  const keptLog = createKeptLog(({ vault }) => {
    salts.apply(vault ?? []);
  });
  const dataKeys = createDataKeys({ masterKey, salts });
  const newUuid = createUuidV7({ now: () => noon });
  const store = createEventStore({ log: keptLog.log, dataKeys, newUuid });
  const append = (stream: string, expected: ExpectedRevision, ...events: DomainEvent[]) =>
    store.append({ stream, expected, events, context })();
  return { ...keptLog, salts, dataKeys, store, append };
};
const post = sample('MessagePosted');
const edit = sample('MessageEdited');

describe('the event store', () => {
  it('gives back what was appended, with its metadata', async () => {
    const { store, append } = setUp();
    await append(messageStream, 'no_stream', post, edit);
    const [first, second] = await store.load(messageStream);
    expect(first).toMatchObject(post);
    expect(second).toMatchObject(edit);
    expect(first?.meta).toMatchObject({
      ...context,
      stream: messageStream,
      revision: 0,
      version: 1,
      recordedAt: noon,
      causationId: null,
    });
    expect(await store.load(messageStream, 1)).toEqual([second]);
  });

  it('loads many streams as it loads each, however long they are', async () => {
    const { store, append } = setUp();
    const streams = ['account-a', 'account-b', 'account-c', 'account-none'];
    // As many as are read of each at once, one less, one more.
    for (const [index, length] of [31, 32, 33].entries()) {
      const events = Array.from({ length }, () => sample('NameClaimLapsed'));
      await append(streams[index]!, 'no_stream', ...events);
    }
    const found = await store.loadEach(streams);
    expect([...found.keys()]).toEqual(streams.slice(0, 3));
    for (const [stream, events] of found) expect(events).toEqual(await store.load(stream));
    expect([...found.values()].map(({ length }) => length)).toEqual([31, 32, 33]);
  });

  it('gives back every text exactly', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (content) => {
        const { store, append } = setUp();
        const data = { ...SAMPLES.MessagePosted, content };
        await append(messageStream, 'no_stream', { type: 'MessagePosted', data });
        expect(await store.load(messageStream)).toMatchObject([{ data }]);
      }),
    );
  });

  it('seals with a key that was made beforehand for bytes of the same scope', async () => {
    const { store, dataKeys } = setUp();
    const contentKeys = createContentKeys(dataKeys);
    const made = contentKeys.fresh(messageScope);
    const appended = await store.append({
      stream: messageStream,
      expected: 'no_stream',
      events: [post],
      context,
      newKeys: [made],
    })();
    expect(appended).toMatchObject({ _tag: 'Right' });
    expect(await contentKeys.find(messageScope)).toEqual(made.key);
    expect(await store.load(messageStream)).toMatchObject([post]);
    await contentKeys.destroy(messageScope);
    expect(await contentKeys.find(messageScope)).toBeNull();
  });

  it('writes no sealed text in the clear', async () => {
    const { append, kept } = setUp();
    await append(messageStream, 'no_stream', post, edit, sample('ReactionAdded'));
    await append(`guild-${guildId}`, 'no_stream', sample('GuildCreated'), sample('RoleCreated'));
    const log = JSON.stringify(kept);
    for (const text of ['Hello', '🪴', 'Analytical', 'Librarian']) expect(log).not.toContain(text);
  });

  it('routes to the guild, else to the user, else to nobody', async () => {
    const { append, kept } = setUp();
    const types: EventType[] = ['MessageDeleted', 'SessionStarted', 'ProjectionRebuilt'];
    await append('any-1', 'any', ...types.map(sample));
    expect(kept.map(({ scope }) => scope)).toEqual([`g:${guildId}`, `u:${userId}`, null]);
  });

  it('makes one key for a new aggregate, in the same append', async () => {
    const { append, appends } = setUp();
    await append(messageStream, 'no_stream', post, edit);
    expect(appends[0]?.vault).toMatchObject([{ kind: 'data_key', scope: messageScope }]);
    await append(messageStream, 1, edit);
    expect(appends[1]?.vault).toBeUndefined();
  });

  it('refuses to add to what was erased', async () => {
    const { append, dataKeys, appends } = setUp();
    await append(messageStream, 'no_stream', post);
    await append(messageStream, 'any', edit);
    await dataKeys.destroy(messageScope);
    expect(await append(messageStream, 'any', edit)).toEqual(left({ type: 'Erased' }));
    expect(appends).toHaveLength(2);
  });

  it('reads an erased text as null, and the rest of the event as before', async () => {
    const { append, dataKeys, store } = setUp();
    await append(messageStream, 'no_stream', post);
    await store.load(messageStream); // Its key is cached now.
    await dataKeys.destroy(messageScope);
    expect(await store.load(messageStream)).toMatchObject([
      { ...post, data: { ...SAMPLES.MessagePosted, content: null } },
    ]);
  });

  it('takes event ids that a command made beforehand, and no others', async () => {
    const { store, kept } = setUp();
    const eventId = '0198c0de-0000-7000-8000-000000000001';
    const append = {
      stream: messageStream,
      expected: 'no_stream',
      events: [post],
      context,
    } as const;
    await store.append({ ...append, eventIds: [eventId] })();
    expect(kept[0]?.eventId).toBe(eventId);
    await expect(store.append({ ...append, eventIds: [] })()).rejects.toThrow(/UUIDs/);
    await expect(store.append({ ...append, eventIds: [eventId.toUpperCase()] })()).rejects.toThrow(
      /lower-case/,
    );
  });

  it('stops a bug before it is in the log for ever', async () => {
    const { append, kept } = setUp();
    const data = { ...SAMPLES.MessagePosted, messageId: 'not an id' } as never;
    await expect(append(messageStream, 'any', { type: 'MessagePosted', data })).rejects.toThrow(
      'The data of MessagePosted are not of its kind.',
    );
    expect(kept).toEqual([]);
  });

  it('says that the log is unavailable when the vault is', async () => {
    const { log } = createKeptLog();
    const salts = { ...createMemorySalts(), find: () => Promise.reject(new Error('gone')) };
    const dataKeys = createDataKeys({ masterKey, salts });
    const store = createEventStore({ log, dataKeys, newUuid: createUuidV7({ now: () => noon }) });
    const events = [edit];
    const outcome = await store.append({
      stream: messageStream,
      expected: 'any',
      events,
      context,
    })();
    expect(isLeft(outcome) && outcome.left.type).toBe('LogUnavailable');
  });

  it('keeps named fields sealed, for the sealer to open later', async () => {
    const { append, store, dataKeys, salts } = setUp();
    await append(messageStream, 'no_stream', post);
    const keepSealed = new Set(['MessagePosted.content']);
    const [event] = await store.readAll(store.start, 10, { keepSealed });
    if (event?.type !== 'MessagePosted') throw new Error('expected a message');
    const box = event.data.content ?? '';
    expect(box).toMatch(/^1[\w-]+$/);
    expect(salts.finds()).toBe(0);
    const field = {
      eventId: event.meta.eventId,
      eventType: event.type,
      eventVersion: event.meta.version,
      path: 'content',
      scope: messageScope,
      box,
    };
    const tampered: unknown[] = [];
    const sealer = createSealer({ dataKeys, onTampered: (place) => tampered.push(place) });
    const moved = { ...field, eventId: '0198c0de-0000-7000-8000-00000000beef' };
    const erased = { ...field, scope: 'message:gone' };
    const { content } = SAMPLES.MessagePosted;
    expect(await sealer.open([field, moved, erased])).toEqual([content, null, null]);
    expect(tampered).toHaveLength(1);
  });

  it('asks the vault once per batch', async () => {
    const { append, store, dataKeys, salts } = setUp();
    for (let i = 0; i < 5; i += 1) {
      const other = messageId.replace(/.$/, String(i)) as typeof messageId;
      const data = { ...SAMPLES.MessagePosted, messageId: other };
      await append(`message-${other}`, 'no_stream', { type: 'MessagePosted', data });
      dataKeys.forget(`message:${other}`);
    }
    expect(await store.readAll(store.start, 10)).toHaveLength(5);
    expect(salts.finds()).toBe(1);
  });

  it('reports what it can not decode, without content, and goes on', async () => {
    const { append, store, kept } = setUp();
    const types: EventType[] = ['MessagePosted', 'MessageDeleted', 'MessageEdited', 'MemberLeft'];
    await append(messageStream, 'no_stream', ...types.map(sample), sample('MemberKicked'));
    Object.assign(kept[0]!, { type: 'MessageSung' });
    Object.assign(kept[1]!, { payload: '{"messageId":"SECRET"}' });
    Object.assign(kept[2]!, { payload: '"SECRET' });
    Object.assign(kept[3]!, { version: 9 });
    const events = await store.readAll(store.start, 10);
    expect(events.map(({ type }) => type)).toEqual([
      ...Array.from({ length: 4 }, () => 'Undecodable'),
      'MemberKicked',
    ]);
    expect(JSON.stringify(events)).not.toContain('SECRET');
    await expect(store.load(messageStream)).rejects.toThrow(StreamUndecodable);
  });

  it.each([
    ['a box of another event', 'eventId', '0198c0de-0000-7000-8000-00000000beef'],
    ['a box of another type', 'type', 'MessageEdited'],
  ])('detects %s', async (_, field, value) => {
    const { append, store, kept } = setUp();
    await append(messageStream, 'no_stream', post);
    const { content } = JSON.parse(kept[0]!.payload) as { content: string };
    const edited = JSON.stringify({ ...SAMPLES.MessageEdited, content });
    Object.assign(kept[0]!, { [field]: value }, field === 'type' ? { payload: edited } : {});
    const [event] = await store.readAll(store.start, 10);
    expect(event).toMatchObject({ type: 'Undecodable', reason: 'Tampered with: content' });
  });

  it('keeps following while the vault is away for a moment', async () => {
    const { log, salts, append } = setUp();
    await append(messageStream, 'no_stream', post);
    let failures = 2;
    const shaky: typeof salts.find = (scopes) => {
      failures -= 1;
      return failures >= 0 ? Promise.reject(new Error('gone')) : salts.find(scopes);
    };
    const dataKeys = createDataKeys({ masterKey, salts: { ...salts, find: shaky } });
    const store = createEventStore({ log, dataKeys, newUuid: createUuidV7({ now: () => noon }) });
    const { signal } = new AbortController();
    for await (const batch of store.subscribe(store.start, { signal })) {
      expect(batch).toMatchObject([post]);
    }
    expect(failures).toBe(-1);
  });

  it('follows the log from a position', async () => {
    const { append, store } = setUp();
    await append(messageStream, 'no_stream', post, edit);
    const { signal } = new AbortController();
    const [first] = await store.readAll(store.start, 1);
    for await (const batch of store.subscribe(first!.meta.position, { signal })) {
      expect(batch).toMatchObject([edit]);
    }
  });

  it('knows each kind of event once', () => {
    expect(Object.keys(SAMPLES).sort()).toEqual([...EVENT_KINDS.keys()].sort());
  });
});
