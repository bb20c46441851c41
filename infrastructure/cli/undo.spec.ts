// The command over a log in memory: what it writes, what it refuses, and what comes in between.
import { randomUUID } from 'node:crypto';
import { isLeft } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { createUndoGuild, type UndoRequest } from '../../application/undo/undo-guild.ts';
import {
  attachmentNo,
  channelNo,
  guildNo,
  ipBanNo,
  messageNo,
  noon,
  roleNo,
  userNo,
} from '../../domain/shared/testing/samples.ts';
import { createMemoryLog } from '../event-log/memory/memory-log.ts';
import { createEventStore } from '../event-store/event-store.ts';
import { createDataKeys } from '../vault/data-keys.ts';
import { createMemorySalts } from '../vault/testing/memory-salts.ts';

const guildId = guildNo(1);
const [owner, raider, victim] = [userNo(1), userNo(9), userNo(2)];
const at = noon;
const place = { guildId, channelId: channelNo(1) };
const posted = (n: number, content: string, files: number[] = []): DomainEvent => ({
  type: 'MessagePosted',
  data: {
    ...{ ...place, messageId: messageNo(n), authorId: victim, content, at },
    attachmentIds: files.map(attachmentNo),
  },
});
const deleted = (n: number): DomainEvent => ({
  type: 'MessageDeleted',
  data: { ...place, messageId: messageNo(n), by: raider, authorId: victim, at },
});
const roleMade = (n: number, by = owner): DomainEvent => ({
  type: 'RoleCreated',
  data: {
    ...{ guildId, roleId: roleNo(n), name: `role ${n}`, position: n as t.Int, by, at },
    ...{ permissions: ['create_message'], systemKey: null, isSystem: false, colorHex: null },
  },
});
const member = { guildId, userId: victim, at };
const joined: DomainEvent = {
  type: 'MemberJoined',
  data: { ...member, by: victim, cause: 'directory' },
};
const kicked: DomainEvent = { type: 'MemberKicked', data: { ...member, by: raider } };
const own = `member-${guildId}:${victim}`;

const openWorld = async () => {
  const salts = createMemorySalts();
  const keys = createDataKeys({ masterKey: Buffer.alloc(32, 1), salts });
  const log = createMemoryLog({ writeVault: salts.apply });
  const store = createEventStore({ log, dataKeys: keys, newUuid: randomUUID });
  let last = store.start;
  const write = async (by: string, stream: string, ...events: readonly DomainEvent[]) => {
    const known = await store.load(stream);
    const appended = await store.append({
      ...{ stream, events, expected: known.length === 0 ? 'no_stream' : known.length - 1 },
      context: { actor: by, correlationId: randomUUID() },
    })();
    if (isLeft(appended)) throw new Error(appended.left.type);
    last = appended.right.position;
    return last;
  };
  for (const userId of [owner, raider, victim])
    await write(`user:${userId}`, `account-${userId}`, {
      type: 'AccountRegistered',
      data: { userId, username: 'somebody', at },
    });
  await write(
    `user:${owner}`,
    `guild-${guildId}`,
    {
      type: 'GuildCreated',
      data: { guildId, name: 'Reef', visibility: 'private', creatorId: owner, at },
    },
    { type: 'ChannelCreated', data: { ...place, name: 'room', kind: 'text', by: owner, at } },
    roleMade(1),
  );
  return { store, keys, write, here: () => last };
};
type World = Awaited<ReturnType<typeof openWorld>>;

const after = (position: Position) => String(BigInt(position) + 1n).padStart(20, '0') as Position;

/** Undoes what the raider did since; `store` stands for the log where something is to happen to it. */
const undo = async (
  { store }: Pick<World, 'store'>,
  from: Position,
  rest: Partial<UndoRequest> & { readonly actsMax?: number; readonly isErasing?: boolean } = {},
) => {
  const undoGuild = createUndoGuild({
    ...{ store, clock: { now: () => noon }, newUuid: randomUUID },
    limits: { reactionsPerMessageMax: 9 },
    holdErasure: (work) => (rest.isErasing === true ? Promise.resolve(null) : work()),
    ...(rest.actsMax !== undefined && { actsMax: rest.actsMax }),
  });
  const range = { guildId, from, to: await store.head(), actorId: raider };
  const onProgress = () => {};
  return undoGuild({ ...range, reason: null, isDryRun: false, onProgress, ...rest });
};
const undone = async (...args: Parameters<typeof undo>) => {
  const outcome = await undo(...args);
  if (isLeft(outcome)) throw new Error(outcome.left.type);
  const { compensations, refusals, acts } = outcome.right;
  return { acts, refusals, wrote: Object.fromEntries(compensations) };
};
const typesIn = async ({ store }: World, stream: string) =>
  (await store.load(stream)).map(({ type }) => type);
const BY_RAIDER = `user:${raider}`;
const BY_VICTIM = `user:${victim}`;

describe('undoing in a guild', () => {
  it('puts messages back sealed under the key they have, with their reactions and ids', async () => {
    const world = await openWorld();
    const { write, store, here } = world;
    const reaction = { ...place, messageId: messageNo(1), userId: victim, emoji: '🪴', at };
    await write(BY_VICTIM, `message-${messageNo(1)}`, posted(1, 'hello'), {
      type: 'ReactionAdded',
      data: reaction,
    });
    const from = after(here());
    await write(BY_RAIDER, `message-${messageNo(1)}`, deleted(1));
    expect(await undone(world, from)).toEqual({
      ...{ acts: 1, refusals: [], wrote: { MessageRestored: 1, ReactionAdded: 1 } },
    });
    const [, , , restored] = await store.load(`message-${messageNo(1)}`);
    expect(restored).toMatchObject({
      ...{ type: 'MessageRestored', data: { content: 'hello', authorId: victim } },
      meta: { actor: 'operator' },
    });
    const sealed = await store.readAt([restored!.meta.position], {
      keepSealed: new Set(['MessageRestored.content']),
    });
    expect(JSON.stringify(sealed)).not.toContain('hello');
  });

  it('says what is gone for good: texts whose key is destroyed, files, addresses of bans', async () => {
    const world = await openWorld();
    const { write, keys, here } = world;
    await write(BY_VICTIM, `message-${messageNo(1)}`, posted(1, 'erased'));
    await write(BY_VICTIM, `message-${messageNo(2)}`, posted(2, '', [1]));
    await write(BY_VICTIM, `message-${messageNo(3)}`, posted(3, 'with a file', [2]));
    const ban = {
      guildId,
      banIds: [ipBanNo(1)],
      sourceUserId: victim,
      reason: null,
      by: owner,
      at,
    };
    await write(`user:${owner}`, `ipbans-${guildId}`, {
      type: 'IpBansAdded',
      data: { ...ban, expiresAt: null },
    });
    const from = after(here());
    for (const n of [1, 2, 3]) await write(BY_RAIDER, `message-${messageNo(n)}`, deleted(n));
    await write(
      BY_RAIDER,
      `ipbans-${guildId}`,
      { type: 'IpBanLifted', data: { guildId, banId: ipBanNo(1), by: raider, at } },
      { type: 'IpBansAdded', data: { ...ban, banIds: [ipBanNo(2)], by: raider, expiresAt: null } },
    );
    await keys.destroy(`message:${messageNo(1)}`);
    const { refusals, wrote } = await undone(world, from);
    expect(wrote).toEqual({ MessageRestored: 1, IpBanLifted: 1 });
    const known = refusals.map(({ kind, id, why }) => `${kind} ${id} ${why}`).sort();
    expect(known).toEqual([
      `file ${attachmentNo(2)} files_erased`,
      `ip_ban ${ipBanNo(1)} address_gone`,
      `message ${messageNo(1)} key_erased`,
      `message ${messageNo(2)} files_erased`,
    ]);
  });

  it('leaves what others did since, and says so', async () => {
    const world = await openWorld();
    const { write, here } = world;
    await write(BY_VICTIM, own, joined);
    const from = after(here());
    const rename = (by: string, name: string) =>
      write(`user:${by}`, `guild-${guildId}`, {
        type: 'GuildUpdated',
        data: { guildId, by: by === owner ? owner : raider, at, name },
      });
    await rename(raider, 'pwned');
    await write(BY_RAIDER, `guild-${guildId}`, roleMade(7, raider));
    await rename(owner, 'Harbour');
    await write(BY_RAIDER, own, kicked);
    await write(BY_VICTIM, own, joined, { type: 'MemberLeft', data: { ...member, by: victim } });
    await write(`user:${owner}`, `member-${guildId}:${owner}`, {
      type: 'MemberJoined',
      data: { guildId, userId: owner, by: owner, at, cause: 'created' },
    });
    await write(`user:${owner}`, `member-${guildId}:${owner}`, {
      type: 'MemberRoleAssigned',
      data: { guildId, userId: owner, by: owner, at, roleId: roleNo(7) },
    });
    expect(await undone(world, from)).toEqual({
      ...{ acts: 3, wrote: {} },
      refusals: [
        { kind: 'role', id: roleNo(7), why: 'used_since' },
        { kind: 'guild', id: 'name', why: 'changed_since' },
        { kind: 'member', id: victim, why: 'left_since' },
      ],
    });
  });

  it('undoes what nobody is named for only where it was done to others', async () => {
    const world = await openWorld();
    const { write, here } = world;
    const from = after(here());
    await write(BY_VICTIM, own, joined);
    await write(BY_VICTIM, `message-${messageNo(1)}`, posted(1, 'hello'));
    await write(BY_RAIDER, own, kicked);
    expect(await undone(world, from, { actorId: null })).toEqual({
      ...{ acts: 1, refusals: [], wrote: { MemberRestored: 1 } },
    });
    expect(await typesIn(world, own)).toEqual(['MemberJoined', 'MemberKicked', 'MemberRestored']);
  });

  it('does nothing a second time, and nothing at all on trial', async () => {
    const world = await openWorld();
    const { write, store, here } = world;
    await write(BY_VICTIM, own, joined);
    const from = after(here());
    const to = await write(BY_RAIDER, own, kicked);
    expect((await undone(world, from, { isDryRun: true })).wrote).toEqual({ MemberRestored: 1 });
    expect(await store.head()).toBe(to);
    await undone(world, from, { to, reason: 'stolen' });
    const [started, finished] = await store.load(`undo-${guildId}`);
    expect(started).toMatchObject({ data: { from, to, actorId: raider, reason: 'stolen' } });
    expect(finished).toMatchObject({ data: { compensations: 1, refusals: 0 } });
    const head = await store.head();
    expect(await undone(world, from, { to })).toEqual({ acts: 1, refusals: [], wrote: {} });
    expect(await store.head()).toBe(head);
  });

  it('plans anew what somebody else changed meanwhile', async () => {
    const world = await openWorld();
    const { write, store, here } = world;
    await write(BY_VICTIM, own, joined);
    const from = after(here());
    await write(BY_RAIDER, own, kicked);
    let isFirst = true;
    const busy: EventStore = {
      ...store,
      loadEach: async (streams) => {
        const events = await store.loadEach(streams);
        // They come back by themselves between the look and the append.
        if (streams.includes(own) && isFirst) {
          isFirst = false;
          await write(BY_VICTIM, own, joined);
        }
        return events;
      },
    };
    await undone({ store: busy }, from);
    const types = await typesIn(world, own);
    expect(types.slice(0, 3)).toEqual(['MemberJoined', 'MemberKicked', 'MemberJoined']);
  });

  it('says what was posted in a channel of the raid while it was being removed', async () => {
    const world = await openWorld();
    const { write, store, here } = world;
    const from = after(here());
    const lair = channelNo(7);
    await write(BY_RAIDER, `guild-${guildId}`, {
      type: 'ChannelCreated',
      data: { guildId, channelId: lair, name: 'pwned', kind: 'text', by: raider, at },
    });
    const to = here();
    const racing: EventStore = {
      ...store,
      append: (append) => async () => {
        if (append.stream.startsWith('guild-'))
          await write(BY_VICTIM, `message-${messageNo(1)}`, {
            type: 'MessagePosted',
            data: {
              ...{ guildId, channelId: lair, messageId: messageNo(1), authorId: victim },
              ...{ content: 'what is this?', attachmentIds: [], at },
            },
          });
        return store.append(append)();
      },
    };
    expect(await undone({ store: racing }, from, { to })).toEqual({
      ...{ acts: 1, wrote: { ChannelRemoved: 1 } },
      refusals: [{ kind: 'message', id: messageNo(1), why: 'channel_gone' }],
    });
    // Where somebody else has written before, it stays.
    await write(BY_RAIDER, `guild-${guildId}`, {
      type: 'ChannelCreated',
      data: { guildId, channelId: lair, name: 'again', kind: 'text', by: raider, at },
    });
    const again = here();
    await write(BY_VICTIM, `message-${messageNo(2)}`, {
      type: 'MessagePosted',
      data: {
        ...{ guildId, channelId: lair, messageId: messageNo(2), authorId: victim },
        ...{ content: 'nice here', attachmentIds: [], at },
      },
    });
    expect(await undone(world, again, { to: again })).toEqual({
      ...{ acts: 1, wrote: {} },
      refusals: [{ kind: 'channel', id: lair, why: 'used_since' }],
    });
  });

  it('gives up on what keeps changing, and says so', async () => {
    const world = await openWorld();
    const { write, store, here } = world;
    await write(BY_VICTIM, `message-${messageNo(1)}`, posted(1, 'hello'));
    const from = after(here());
    await write(BY_RAIDER, `message-${messageNo(1)}`, deleted(1));
    const never: EventStore = {
      ...store,
      append: (append) =>
        append.stream.startsWith('message-')
          ? () =>
              Promise.resolve({ _tag: 'Left', left: { type: 'WrongExpectedRevision', actual: 9 } })
          : store.append(append),
    };
    expect((await undone({ store: never }, from)).refusals).toEqual([
      { kind: 'message', id: messageNo(1), why: 'busy' },
    ]);
  });

  it('stops when the log takes nothing more, and does the rest when it is run again', async () => {
    const world = await openWorld();
    const { write, store, here } = world;
    const numbers = Array.from({ length: 450 }, (_, n) => n + 1);
    for (const n of numbers)
      await write(BY_VICTIM, `message-${messageNo(n)}`, posted(n, `word ${n}`));
    const from = after(here());
    for (const n of numbers) await write(BY_RAIDER, `message-${messageNo(n)}`, deleted(n));
    const to = here();
    let room = 100;
    const full: EventStore = {
      ...store,
      append: (append) =>
        append.stream.startsWith('message-') && (room -= 1) < 0
          ? () =>
              Promise.resolve({ _tag: 'Left', left: { type: 'LogUnavailable', reason: 'full' } })
          : store.append(append),
    };
    await expect(undo({ store: full }, from, { to })).rejects.toThrow('LogUnavailable');
    expect(await typesIn(world, `undo-${guildId}`)).toEqual(['GuildUndoStarted']);
    expect((await undone(world, from, { to })).wrote).toEqual({ MessageRestored: 350 });
    expect((await undone(world, from, { to })).wrote).toEqual({});
  });

  it('takes on so many acts and not one more', async () => {
    const world = await openWorld();
    const { write, here } = world;
    await write(BY_VICTIM, own, joined);
    const from = after(here());
    await write(BY_RAIDER, own, kicked);
    await write(BY_RAIDER, `guild-${guildId}`, {
      type: 'GuildUpdated',
      data: { guildId, by: raider, at, name: 'pwned' },
    });
    expect(await undo(world, from, { actsMax: 1 })).toEqual({
      ...{ _tag: 'Left', left: { type: 'TooManyActs', actsMax: 1 } },
    });
    expect((await undone(world, from, { actsMax: 2 })).acts).toBe(2);
  });

  it('waits for the eraser, and knows guilds that are none', async () => {
    const world = await openWorld();
    const { write, here } = world;
    const from = after(here());
    await write(BY_RAIDER, own, joined, kicked);
    expect(await undo(world, from, { isErasing: true })).toMatchObject({
      left: { type: 'EraserAtWork' },
    });
    expect(await undo(world, from, { guildId: guildNo(9) })).toMatchObject({
      left: { type: 'NoSuchGuild' },
    });
  });

  it.each([
    ['was never there', userNo(7)],
    ['was erased', victim],
  ])('lets nobody back in whose account %s', async (_what, userId) => {
    const world = await openWorld();
    const { write, here } = world;
    const stream = `member-${guildId}:${userId}`;
    const who = { guildId, userId, at };
    await write(`user:${userId}`, stream, {
      type: 'MemberJoined',
      data: { ...who, by: userId, cause: 'directory' },
    });
    const from = after(here());
    await write(BY_RAIDER, stream, { type: 'MemberKicked', data: { ...who, by: raider } });
    if (userId === victim)
      await write('operator', `account-${userId}`, { type: 'AccountErased', data: { userId, at } });
    expect(await undone(world, from)).toEqual({
      ...{ acts: 1, wrote: {} },
      refusals: [{ kind: 'member', id: userId, why: 'account_gone' }],
    });
  });
});
