// Everything about one person, as it was at one position of the log: goes through the log a page at a time and hands what
// is given to whoever keeps it. The log, not the read models, says what is theirs: it is complete whatever state those are in.
import { account as accountDecider, type Account } from '../../domain/account/decider.ts';
import { ACCOUNT_EVENTS } from '../../domain/account/events.ts';
import { type AttachmentId, type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { evolveWith } from '../access/folded-streams.ts';
import { attachmentStream } from '../attachment/attachment-streams.ts';
import { EVERY_SEALED_FIELD } from '../audit/timeline.ts';
import { type EventLog, type Position } from '../event-store/event-log.ts';
import { type EventStore, type Recorded, type Undecodable } from '../event-store/event-store.ts';
import { givenOf, isoTime, type EventFile, type Fields } from './given-of-event.ts';
import { createGuildsAsOf, type GuildAsOf } from './guilds-as-of.ts';
import { createMessagesAsOf, type MessageAsOf } from './messages-as-of.ts';
import { createReadPersonalBytes, type BytesPorts, type KeepBytes } from './personal-bytes.ts';

/** What the vault knows of a person that may be told: times, and nothing that opens or compares anything. */
export type PersonRecord = {
  readonly passwordChangedAt: (userId: UserId) => Promise<string | null>;
  readonly sessions: (userId: UserId) => AsyncIterable<Fields>;
  readonly addresses: (userId: UserId) => AsyncIterable<Fields>;
};

export const LINE_FILES_BESIDE_EVENTS = ['guilds', 'stored-sessions', 'addresses'] as const;
export type LineFile = EventFile | (typeof LINE_FILES_BESIDE_EVENTS)[number];

/** Where it goes. Nothing of it is held until it is done. */
export type ExportSink = {
  readonly line: (file: LineFile, value: Fields) => Promise<void>;
  readonly account: (value: Fields) => Promise<void>;
  readonly bytes: KeepBytes;
};

export type ExportPorts = BytesPorts & {
  readonly store: Pick<EventStore, 'start' | 'readAll' | 'readAt' | 'load' | 'loadEach'>;
  readonly eventLog: Pick<EventLog, 'readStream' | 'readStreams'>;
  readonly record: PersonRecord;
  readonly page?: number;
};

export type ExportWish = {
  readonly userId: UserId;
  readonly upTo: Position;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly events: number; readonly at: Position }) => void;
};

export type Exported = {
  readonly username: string | null;
  readonly erasedAt: string | null;
  readonly unreadableEvents: number; // Of anybody: whose they are can't be told
  readonly missingFiles: number; // Whose bytes should be there and can't be read
};

/** The account was erased while it was exported: half of it would have been given. */
export class ErasedMeanwhile extends Error {
  override readonly name = 'ErasedMeanwhile';
}

const PAGE = 1_000;

async function* pagesUpTo(
  { store, page = PAGE }: ExportPorts,
  { upTo, signal, onProgress }: ExportWish,
) {
  let events = 0;
  for (let at = store.start; at < upTo;) {
    signal.throwIfAborted();
    const read = await store.readAll(at, page, { keepSealed: EVERY_SEALED_FIELD });
    const last = read.at(-1);
    if (last === undefined) return;
    at = last.meta.position;
    events += read.length;
    yield read.filter(({ meta }) => meta.position <= upTo);
    onProgress({ events, at });
  }
}

const isDecoded = (event: Recorded | Undecodable): event is Recorded =>
  event.type !== 'Undecodable';

const messageFields = (message: MessageAsOf | undefined): Fields =>
  message === undefined
    ? {}
    : {
        content: message.content,
        edited_at: message.editedAt === null ? null : isoTime(message.editedAt),
        replaced_by_other: message.replacedByOther,
        deleted_at: message.deletedAt === null ? null : isoTime(message.deletedAt),
        deleted_by_self: message.deletedBySelf,
      };

/** When their file was deleted, and why. */
const deletionOf = (events: readonly Recorded[], self: UserId, upTo: Position): Fields => {
  const deleted = events.find(({ type }) => type === 'AttachmentDeleted');
  if (deleted?.type !== 'AttachmentDeleted' || deleted.meta.position > upTo)
    return { deleted_at: null };
  const { at, cause, by } = deleted.data;
  return { deleted_at: isoTime(at), deleted_because: cause, deleted_by_self: by === self };
};

/** One page's events of that person, opened, each as a line of its file. */
const createGivePage = (ports: ExportPorts, { userId, upTo }: ExportWish, sink: ExportSink) => {
  const { store } = ports;
  const messagesAsOf = createMessagesAsOf(ports);
  const readBytes = createReadPersonalBytes(ports, sink.bytes);
  let missingFiles = 0;
  const bytesOf = async (event: Recorded): Promise<Fields> => {
    const read = await readBytes(event);
    if (read.isMissing) missingFiles += 1;
    return read.fields;
  };
  const more = async (events: readonly Recorded[]) => {
    const posted = events.flatMap((event) =>
      event.type === 'MessagePosted' && event.data.authorId === userId
        ? [event.data.messageId]
        : [],
    );
    const uploaded = events.flatMap((event): AttachmentId[] =>
      event.type === 'AttachmentUploaded' ? [event.data.attachmentId] : [],
    );
    const messages = await messagesAsOf(posted, upTo);
    const attachments = await store.loadEach(uploaded.map(attachmentStream));
    return async (event: Recorded): Promise<Fields> => {
      if (event.type === 'MessagePosted') return messageFields(messages.get(event.data.messageId));
      if (event.type === 'ProfilePictureChanged') return bytesOf(event);
      if (event.type !== 'AttachmentUploaded') return {};
      const history = attachments.get(event.meta.stream) ?? [];
      return { ...deletionOf(history, userId, upTo), ...(await bytesOf(event)) };
    };
  };
  return {
    missingFiles: () => missingFiles,
    give: async (positions: readonly Position[], look: (event: Recorded) => void) => {
      const events = (await store.readAt(positions)).filter(isDecoded);
      const moreOf = await more(events);
      for (const event of events) {
        look(event);
        const given = givenOf(event, userId);
        if (given === null) continue;
        const { position } = event.meta;
        const head = { position, at: isoTime(event.data.at), event: event.type };
        await sink.line(given.file, { ...head, ...given.fields, ...(await moreOf(event)) });
      }
    },
  };
};

const evolveAccount = evolveWith({ decider: accountDecider, kinds: ACCOUNT_EVENTS });

/** What stands at the end: who they are, and where they belong. */
const createStanding = (userId: UserId) => {
  let account: Account = null;
  let erasedAt: string | null = null;
  const guilds = new Set<GuildId>();
  return {
    look: (event: Recorded): void => {
      account = event.meta.stream === `account-${userId}` ? evolveAccount(account, event) : account;
      if (event.type === 'AccountErased') erasedAt = isoTime(event.data.at);
      if (event.type === 'GuildCreated' || event.meta.stream.endsWith(`:${userId}`))
        if ('guildId' in event.data && event.data.guildId !== null) guilds.add(event.data.guildId);
    },
    account: () => account,
    erasedAt: () => erasedAt,
    guilds: (): ReadonlySet<GuildId> => guilds,
  };
};

const guildFields = (guild: GuildAsOf): Fields => ({
  guild_id: guild.guildId,
  is_member: guild.isMember,
  is_banned: guild.isBanned,
  is_owner: guild.isOwner,
  is_creator: guild.isCreator,
  joined_at: guild.joinedAt === null ? null : isoTime(guild.joinedAt),
  timed_out_until: guild.timedOutUntil === null ? null : isoTime(guild.timedOutUntil),
  roles: guild.roles.map(({ roleId, systemKey }) => ({ role_id: roleId, fixed_role: systemKey })),
});

const requireUnerased = async ({ store }: ExportPorts, { userId, upTo }: ExportWish) => {
  const events = await store.load(`account-${userId}`);
  if (events.some(({ type, meta }) => type === 'AccountErased' && meta.position > upTo))
    throw new ErasedMeanwhile('The account was erased meanwhile.');
};

/** Makes what exports. Throws ErasedMeanwhile; whatever it throws, what the sink has is not to be given to anybody. */
export const createExportAccount =
  (ports: ExportPorts) =>
  async (wish: ExportWish, sink: ExportSink): Promise<Exported> => {
    const { userId, upTo } = wish;
    const { record } = ports;
    const { give, missingFiles } = createGivePage(ports, wish, sink);
    const standing = createStanding(userId);
    let unreadableEvents = 0;
    for await (const page of pagesUpTo(ports, wish)) {
      const read = page.filter(isDecoded);
      unreadableEvents += page.length - read.length;
      const theirs = read.filter((event) => givenOf(event, userId) !== null);
      if (theirs.length === 0) continue;
      await give(
        theirs.map(({ meta }) => meta.position),
        standing.look,
      );
    }
    const guildAsOf = createGuildsAsOf(ports);
    for (const guildId of standing.guilds())
      await sink.line('guilds', guildFields(await guildAsOf(guildId, userId, upTo)));
    for await (const session of record.sessions(userId))
      await sink.line('stored-sessions', session);
    for await (const address of record.addresses(userId)) await sink.line('addresses', address);
    const account = standing.account();
    const erasedAt = standing.erasedAt();
    await sink.account({
      user_id: userId,
      username: account?.username ?? null,
      about_markdown: account?.aboutMarkdown ?? null,
      avatar_picture_id: account?.pictures.avatar?.pictureId ?? null,
      banner_picture_id: account?.pictures.banner?.pictureId ?? null,
      registered_at: account === null ? null : isoTime(account.registeredAt),
      password_changed_at: await record.passwordChangedAt(userId),
      erased_at: erasedAt,
    });
    await requireUnerased(ports, wish);
    const username = account?.username ?? null;
    return { username, erasedAt, unreadableEvents, missingFiles: missingFiles() };
  };
