// A whole server of guilds over a log in memory: real store, real sealing, real commands and routes; only what reads the
// read models is replaced, by folding the log.
import { randomUUID } from 'node:crypto';
import { left, right } from 'fp-ts/lib/Either.js';
import { createGuildAccess } from '../../../application/access/create-guild-access.ts';
import { createJoinGuild } from '../../../application/directory/join-guild.ts';
import { type DomainEvent } from '../../../application/event-store/event-catalogue.ts';
import { type EventStore, type Recorded } from '../../../application/event-store/event-store.ts';
import { createExecute } from '../../../application/execute.ts';
import { createCreateChannel } from '../../../application/guild/create-channel.ts';
import { createCreateGuild } from '../../../application/guild/create-guild.ts';
import { createListChannels } from '../../../application/guild/list-channels.ts';
import { createListGuilds } from '../../../application/guild/list-guilds.ts';
import { createListPublicGuilds } from '../../../application/guild/list-public-guilds.ts';
import { createOwnPermissions } from '../../../application/guild/own-permissions.ts';
import { createUpdateGuild } from '../../../application/guild/update-guild.ts';
import { type Limits } from '../../../application/limits.ts';
import { tokenize } from '../../../application/markdown/tokenize.ts';
import { createAddMember } from '../../../application/membership/add-member.ts';
import { createListMembers } from '../../../application/membership/list-members.ts';
import { createDeleteMessage } from '../../../application/message/delete-message.ts';
import { createEditMessage } from '../../../application/message/edit-message.ts';
import { createListMessages } from '../../../application/message/list-messages.ts';
import { createMessageStreams } from '../../../application/message/message-streams.ts';
import { createPostMessage } from '../../../application/message/post-message.ts';
import {
  createAddReaction,
  createRemoveReaction,
} from '../../../application/message/react-to-message.ts';
import { createTurns } from '../../../application/turns.ts';
import { type Id, type SessionId, type UserId } from '../../../domain/shared/ids.ts';
import { userNo } from '../../../domain/shared/testing/samples.ts';
import { type Timestamp } from '../../../domain/shared/timestamp.ts';
import { createMemoryLog } from '../../event-log/memory/memory-log.ts';
import { createSealedBlobStore } from '../../blob/sealed-blob-store.ts';
import { createMemoryObjects } from '../../blob/testing/memory-objects.ts';
import { createEventStore } from '../../event-store/event-store.ts';
import { createAttachmentSlice } from '../../server/attachment-slice.ts';
import { createRoleSlice } from '../../server/role-slice.ts';
import { createContentKeys } from '../../vault/content-keys.ts';
import { createDataKeys, type DataKeys } from '../../vault/data-keys.ts';
import { createMemorySalts } from '../../vault/testing/memory-salts.ts';
import { channelRoutes } from '../channel-routes.ts';
import { directoryRoutes } from '../directory-routes.ts';
import { guildRoutes } from '../guild-routes.ts';
import { memberRoutes } from '../member-routes.ts';
import { messageRoutes } from '../message-routes.ts';
import { createRateLimiter } from '../rate-limiter.ts';
import { type Route } from '../route.ts';
import { foldedAttachments } from './folded-attachments.ts';
import { foldedReaders } from './folded-readers.ts';
import { defaultLimits, recordingLog, runServer } from './running-server.ts';

export type Answer = { readonly status: number; readonly body: unknown };
type Call = (
  by: number | null, // The person by number; null without a token
  method: string,
  path: string,
  body?: unknown,
  key?: string,
) => Promise<Answer>;

const systemContext = { actor: 'system', correlationId: randomUUID() };

/** The log, and the keys of what it seals. */
type Kept = { readonly store: EventStore; readonly dataKeys: DataKeys };

const memoryStore = (now: () => number): Kept => {
  const salts = createMemorySalts();
  const dataKeys = createDataKeys({ masterKey: Buffer.alloc(32, 1), salts });
  const log = createMemoryLog({ now, writeVault: salts.apply });
  return { dataKeys, store: createEventStore({ log, dataKeys, newUuid: randomUUID }) };
};

// Shared by all worlds of a spec, since several may stand over one log.
let made = 0;

/** Ids that grow, without time: 26 digits from a counter. */
const countingIds = () => {
  return <Kind extends string>() => `01K${String((made += 1)).padStart(23, '0')}` as Id<Kind>;
};

const commandsOver = (
  { store, dataKeys }: Kept,
  limits: Limits,
  clock: { now: () => Timestamp },
) => {
  const access = createGuildAccess({ store, limits, serverOwnerId: userNo(99), clock });
  const execute = createExecute({ store, turns: createTurns(), newEventId: randomUUID });
  const newId = countingIds();
  const newEventId = randomUUID;
  const rendered = (content: string) => ({ content, tokens: tokenize(content) });
  const contents = {
    render: () => Promise.resolve([]),
    remember: (_id: string, content: string) => rendered(content),
    forget: () => {},
    forgetAll: () => {},
  };
  const readers = foldedReaders(store);
  const messages = createMessageStreams(store);
  const blobs = createMemoryObjects();
  const { log, text: filesLogged } = recordingLog();
  const files = createAttachmentSlice(
    {
      config: { limits },
      store,
      blobs: createSealedBlobStore(blobs.objects),
      contentKeys: createContentKeys(dataKeys),
      clock,
    },
    { execute, access, messages, reader: foldedAttachments(store), newId, log },
  );
  const { discard, ofMessages: attachments } = files;
  const basis = { execute, access, clock, limits, store, newId, newEventId };
  const tellAgain = () => {};
  const ports = { ...basis, contents, messages, discard, attachments, tellAgain };
  const routes: readonly Route[] = [
    ...guildRoutes({
      createGuild: createCreateGuild(ports),
      updateGuild: createUpdateGuild(ports),
      listGuilds: createListGuilds(readers),
      listPublicGuilds: createListPublicGuilds(readers),
    }),
    ...directoryRoutes({
      joinGuild: createJoinGuild({
        ...ports,
        addresses: { observe: () => Promise.resolve() },
        blocklist: { barring: () => null },
        joinsOfAddress: createRateLimiter({ perMinute: limits.directoryJoinsPerMinutePerAddress }),
        joinsOfUser: createRateLimiter({ perMinute: limits.directoryJoinsPerMinutePerUser }),
      }),
    }),
    ...channelRoutes({
      createChannel: createCreateChannel(ports),
      listChannels: createListChannels(ports),
      ownPermissions: createOwnPermissions(ports),
    }),
    ...createRoleSlice({ ...ports, members: readers.members, alone: (_, work) => work() }),
    ...memberRoutes({
      listMembers: createListMembers({ ...ports, members: readers.members }),
      addMember: createAddMember(ports),
    }),
    ...messageRoutes({
      postMessage: createPostMessage(ports),
      listMessages: createListMessages({ access, messages: readers.messages }),
      editMessage: createEditMessage(ports),
      deleteMessage: createDeleteMessage(ports),
      addReaction: createAddReaction(ports),
      removeReaction: createRemoveReaction(ports),
    }),
    ...files.routes,
  ];
  return { access, routes, blobs, files, filesLogged };
};

/** A server of guilds, whose people are numbers. */
export const createGuildWorld = async (
  limited: Partial<Limits> = {},
  openStore: (now: () => number) => Kept = memoryStore,
  startAt = Date.parse('2026-01-01T12:00:00Z'),
) => {
  const limits: Limits = { ...defaultLimits(), requestsPerMinute: 100_000, ...limited };
  const time = { now: startAt };
  const clock = { now: () => time.now as Timestamp };
  const kept = openStore(clock.now);
  const { store } = kept;
  const { access, routes, blobs, files, filesLogged } = commandsOver(kept, limits, clock);
  const server = await runServer({
    routes,
    limits,
    authenticate: (token) =>
      Promise.resolve(
        /^person-\d+$/.test(token)
          ? right({
              userId: userNo(Number(token.slice(7))),
              sessionId: `01J0000000000000000000SESS` as SessionId,
              username: token,
              expiresAt: 4_000_000_000_000 as Timestamp,
            })
          : left({ type: 'Unauthenticated' as const }),
      ),
  });
  const call: Call = async (by, method, path, body, key) => {
    const response = await server.fetch(path, {
      method,
      headers: {
        ...(by !== null && { authorization: `Bearer person-${by}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  };
  const events = async (): Promise<readonly Recorded[]> => {
    const all = await store.readAll(store.start, 100_000);
    return all.filter((event) => event.type !== 'Undecodable');
  };
  const append = (stream: string, ...domainEvents: readonly DomainEvent[]) =>
    store.append({ stream, expected: 'no_stream', events: domainEvents, context: systemContext })();
  const register = (number: number) =>
    append(`account-${userNo(number)}`, {
      type: 'AccountRegistered',
      data: { userId: userNo(number), username: `person_${number}`, at: clock.now() },
    });
  return {
    call,
    routes,
    events,
    append,
    register,
    access,
    clock,
    store,
    blobs,
    sweepFiles: files.sweep,
    filesLogged,
    /** Lets what was appended past the commands come round, as the pipeline would. */
    refreshFiles: async () => files.apply(await events()),
    server,
    context: systemContext,
    wait: (ms: number) => void (time.now += ms),
    close: server.close,
  };
};

export type GuildWorld = Awaited<ReturnType<typeof createGuildWorld>>;

export const field = (answer: Answer, name: string): unknown =>
  (answer.body as Record<string, unknown> | null)?.[name];

/** A guild of person 1 with person 2 in it and one channel. */
export const settle = async (world: GuildWorld, visibility: 'public' | 'private' = 'public') => {
  const guild = field(
    await world.call(1, 'POST', '/guilds', { name: 'Reef', visibility }),
    'guild_id',
  ) as Id<'Guild'>;
  const channel = field(
    await world.call(1, 'POST', `/guilds/${guild}/channels`, { name: 'general' }),
    'channel_id',
  ) as Id<'Channel'>;
  await world.register(2);
  await world.call(1, 'POST', `/guilds/${guild}/members/${userNo(2)}`);
  return { guild, channel, messages: `/guilds/${guild}/channels/${channel}/messages` };
};

export type Settled = Awaited<ReturnType<typeof settle>>;
export const personNo = (number: number): UserId => userNo(number);
