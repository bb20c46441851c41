// What of each kind of event is handed to a person who asks for what is known of them. A field that is not named here is
// not given, so a new one is never given by accident; a new kind of event does not compile before it is decided about.
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { OPERATOR_ID } from '../../domain/shared/operator.ts';
import { type EventType } from '../event-store/event-catalogue.ts';
import { type Recorded } from '../event-store/event-store.ts';

/** The files of an export that have one JSON value in each line; docs/account-export.md says what each holds. */
export const EVENT_FILES = [
  'profile',
  'pictures',
  'sessions',
  'friendships',
  'memberships',
  'moderation',
  'messages',
  'attachments',
  'reactions',
  'acts',
  'storage',
] as const;
export type EventFile = (typeof EVENT_FILES)[number];

export type Fields = Readonly<Record<string, unknown>>;
export type Given = { readonly file: EventFile; readonly fields: Fields };

type DataOf<Type extends EventType> = Extract<Recorded, { readonly type: Type }>['data'];
type Decide<Data> = (data: Data, self: UserId) => Given | null;
type Decisions = { readonly [Type in EventType]: Decide<DataOf<Type>> | 'of_nobody' };

const snakeCase = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const isTime = (name: string): boolean => name === 'until' || name.endsWith('At');

/** A moment as people read it. */
export const isoTime = (at: Timestamp): string => new Date(at).toISOString();

const written = (name: string, value: unknown): unknown =>
  isTime(name) && typeof value === 'number' ? isoTime(value as Timestamp) : value;

/** These fields and no others; what is absent stays absent. */
const pick = <Data extends object>(data: Data, names: readonly (keyof Data & string)[]): Fields =>
  Object.fromEntries(
    names.flatMap((name) =>
      data[name] === undefined ? [] : [[snakeCase(name), written(name, data[name])]],
    ),
  );

/** Given when that field names them. */
const when =
  <Field extends string>(field: Field, file: EventFile) =>
  <Data extends { readonly [Name in Field]: unknown }>(
    ...names: readonly (keyof Data & string)[]
  ): Decide<Data> =>
  (data, self) =>
    data[field] === self ? { file, fields: pick(data, names) } : null;

type By = { readonly by: UserId };
/** What they did, to a guild or to others. */
const act = <Data extends By>(...names: readonly (keyof Data & string)[]): Decide<Data> =>
  when('by', 'acts')<Data>(...names);

/**
 * What happened to them in a guild, and what they did to others there. Who did it to them is not given beyond whether it
 * was themselves: it is about that person.
 */
const ofMember =
  <Data extends By & { readonly userId: UserId; readonly guildId: unknown }>(
    file: EventFile,
    ...names: readonly (keyof Data & string)[]
  ): Decide<Data> =>
  (data, self) => {
    if (data.userId === self)
      return { file, fields: { ...pick(data, ['guildId', ...names]), by_self: data.by === self } };
    if (data.by !== self) return null;
    return { file: 'acts', fields: pick(data, ['guildId', 'userId', ...names]) };
  };

type Pair = {
  readonly senderId: UserId;
  readonly recipientId: UserId;
  readonly requestId: unknown;
};
const ofPair = <Data extends Pair>(data: Data, self: UserId): Given | null => {
  const { senderId, recipientId } = data;
  if (senderId !== self && recipientId !== self) return null;
  const other_user_id = senderId === self ? recipientId : senderId;
  const fields = { ...pick(data, ['requestId']), other_user_id, sent_by_self: senderId === self };
  return { file: 'friendships', fields };
};

type Moderated = By & { readonly authorId?: UserId };
/** Of moderation: theirs of somebody else's message, or somebody else's of theirs. What they do with their own is the message's. */
const ofModeration =
  <Data extends Moderated>(
    place: readonly (keyof Data & string)[],
    ...words: readonly (keyof Data & string)[]
  ): Decide<Data> =>
  (data, self) => {
    if (data.authorId === undefined) return null;
    if (data.authorId === self)
      return { file: 'moderation', fields: { ...pick(data, place), by_self: false } };
    if (data.by !== self) return null;
    return { file: 'acts', fields: pick(data, ['authorId', ...place, ...words]) };
  };

const PLACE = ['guildId', 'channelId', 'messageId'] as const;
const ROLE = ['guildId', 'roleId', 'name', 'permissions', 'colorHex'] as const;
const FILE = ['attachmentId', 'guildId', 'channelId'] as const;

const ACCOUNT_DECISIONS = {
  AccountRegistered: when('userId', 'profile')('username'),
  ProfileUpdated: when('userId', 'profile')('username', 'aboutMarkdown'),
  ProfilePictureChanged: when(
    'userId',
    'pictures',
  )(...(['pictureId', 'kind', 'version', 'mimeType', 'sizeBytes', 'sha256Hex'] as const)),
  NameClaimLapsed: when('userId', 'profile')(),
  AccountErased: when('userId', 'profile')(),
  UsernameReserved: when('userId', 'profile')(),
  UsernameReleased: when('userId', 'profile')(),
  SessionStarted: when('userId', 'sessions')('sessionId'),
  SessionRevoked: when('userId', 'sessions')('sessionId', 'reason'),
  FriendRequested: ofPair,
  FriendRequestAccepted: ofPair,
  FriendRequestDeleted: (data, self) => {
    const given = ofPair(data, self);
    return given && { ...given, fields: { ...given.fields, by_self: data.by === self } };
  },
  FriendRemoved: ({ by, friendId }, self) => {
    if (by !== self && friendId !== self) return null;
    const other_user_id = by === self ? friendId : by;
    return { file: 'friendships', fields: { other_user_id, by_self: by === self } };
  },
} satisfies Partial<Decisions>;

const GUILD_DECISIONS = {
  GuildCreated: when('creatorId', 'acts')('guildId', 'name', 'visibility'),
  GuildSlotTaken: when('userId', 'acts')('guildId'),
  GuildUpdated: act('guildId', 'name', 'visibility'),
  RoleCreated: act(...ROLE, 'position', 'systemKey'),
  RoleUpdated: act(...ROLE),
  RoleDeleted: act('guildId', 'roleId'),
  RoleRestored: act(...ROLE),
  RolesReordered: act('guildId', 'roleIds'),
  DefaultJoinRoleSet: act('guildId', 'roleId'),
  ChannelCreated: act('guildId', 'channelId', 'name', 'kind'),
  ChannelRemoved: act('guildId', 'channelId'),
  ChannelOverrideSet: (data, self) => {
    const { target, by } = data;
    const fields = pick(data, ['guildId', 'channelId', 'allow', 'deny']);
    if (target.kind === 'member' && target.userId === self)
      return { file: 'moderation', fields: { ...fields, by_self: by === self } };
    if (by !== self) return null;
    const whom =
      target.kind === 'role' ? { role_id: target.roleId } : { target_user_id: target.userId };
    return { file: 'acts', fields: { ...fields, ...whom } };
  },
  DirectoryJoinDecided: when('userId', 'memberships')('guildId', 'outcome'),
  // Not which ban: it would tell whose address they share.
  IpBanHit: when('userId', 'moderation')('guildId'),
  IpBansAdded: (data, self) => {
    const { sourceUserId, by } = data;
    const fields = pick(data, ['guildId', 'reason', 'expiresAt']);
    if (sourceUserId === self)
      return { file: 'moderation', fields: { ...fields, by_self: by === self } };
    if (by !== self) return null;
    return { file: 'acts', fields: { ...fields, ...pick(data, ['sourceUserId', 'banIds']) } };
  },
  IpBanLifted: act('guildId', 'banId'),
  GuildUndoStarted: when('actorId', 'moderation')('guildId', 'from', 'to', 'reason'),
  GuildUndoFinished: when('actorId', 'moderation')('guildId', 'from', 'to'),
} satisfies Partial<Decisions>;

const MEMBER_DECISIONS = {
  MemberJoined: ofMember('memberships', 'cause'),
  MemberLeft: ofMember('memberships', 'erased'),
  MemberRestored: ofMember('memberships', 'joinedAt', 'roleIds'),
  MemberRoleAssigned: ofMember('memberships', 'roleId', 'onJoining'),
  MemberRoleUnassigned: ofMember('memberships', 'roleId'),
  MemberFixedRoleSet: ofMember('memberships', 'role', 'roleId'),
  MemberKicked: ofMember('moderation', 'reason'),
  MemberBanned: (data, self) => {
    const given = ofMember<typeof data>('moderation', 'reason')(data, self);
    if (given !== null || data.original?.by !== self) return given;
    // Somebody lifted their ban and it stands again: with the reason that they gave.
    return { file: 'acts', fields: pick(data, ['guildId', 'userId', 'reason']) };
  },
  MemberUnbanned: ofMember('moderation'),
  MemberTimedOut: ofMember('moderation', 'until', 'reason'),
  MemberTimeoutLifted: ofMember('moderation', 'reason'),
} satisfies Partial<Decisions>;

const WRITTEN_DECISIONS = {
  MessagePosted: when('authorId', 'messages')(...PLACE, 'content', 'attachmentIds'),
  MessageEdited: ofModeration(PLACE, 'content'),
  MessageDeleted: ofModeration(PLACE),
  MessageRestored: (data, self) =>
    data.authorId === self
      ? { file: 'moderation', fields: { ...pick(data, PLACE), by_self: data.by === self } }
      : data.by === self
        ? { file: 'acts', fields: pick(data, ['authorId', ...PLACE]) }
        : null,
  ReactionAdded: when('userId', 'reactions')(...PLACE, 'emoji'),
  ReactionRemoved: when('userId', 'reactions')(...PLACE, 'emoji'),
  AttachmentUploaded: when(
    'ownerId',
    'attachments',
  )(...([...FILE, 'filename', 'mimeType', 'sizeBytes', 'sha256Hex'] as const)),
  // Of their own file it is said in the line of the file.
  AttachmentDeleted: (data, self) =>
    data.by === self && data.ownerId !== self
      ? { file: 'acts', fields: pick(data, ['ownerId', ...FILE, 'cause']) }
      : null,
  StorageReserved: when('userId', 'storage')('attachmentId', 'bytes'),
  StorageSettled: when('userId', 'storage')('attachmentId', 'bytes'),
  StorageReleased: when('userId', 'storage')('attachmentId'),
  AttachmentAbandoned: when('userId', 'storage')('attachmentId'),
  AttachmentsBound: when('userId', 'storage')('messageId', 'attachmentIds'),
} satisfies Partial<Decisions>;

const OPERATOR_DECISIONS = {
  AccountExported: when('userId', 'profile')('position'),
  ErasureReceipted: when(
    'userId',
    'profile',
  )(...(['first', 'last', 'accounts', 'messages', 'attachments', 'pictures'] as const)),
  // That somebody looked at what they did; where and for what else is the operator's affair.
  SealedTextsRevealed: ({ actor }, self) =>
    actor === `user:${self}` ? { file: 'profile', fields: {} } : null,
  ProjectionRebuilt: 'of_nobody',
  ProjectionRolledBack: 'of_nobody',
  ReplacedProjectionDropped: 'of_nobody',
  BackupCreated: 'of_nobody',
  BackupRestored: 'of_nobody',
  LogSealed: 'of_nobody',
  LogExported: 'of_nobody',
} satisfies Partial<Decisions>;

const DECISIONS: Decisions = {
  ...ACCOUNT_DECISIONS,
  ...GUILD_DECISIONS,
  ...MEMBER_DECISIONS,
  ...WRITTEN_DECISIONS,
  ...OPERATOR_DECISIONS,
};

/** What of an event is given to a person; null when it is of others. Sealed texts are given as they come. */
export const givenOf = (event: Recorded, self: UserId): Given | null => {
  // A decision about a type takes data of that type; the compiler can't follow that through the look-up.
  const decide = DECISIONS[event.type] as Decide<Recorded['data']> | 'of_nobody';
  return decide === 'of_nobody' || self === OPERATOR_ID ? null : decide(event.data, self);
};
