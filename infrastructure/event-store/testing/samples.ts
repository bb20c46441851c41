// One event of every type; the type makes it impossible to forget one. Golden files were made of these.
import type * as t from 'io-ts';
import { type DomainEvent } from '../../../application/event-store/event-catalogue.ts';
import {
  type AttachmentId,
  type ChannelId,
  type GuildId,
  type Id,
  type IpBanId,
  type MessageId,
  type RoleId,
  type SessionId,
  type UserId,
} from '../../../domain/shared/ids.ts';
import { OPERATOR_ID } from '../../../domain/shared/operator.ts';
import { type Timestamp } from '../../../domain/shared/timestamp.ts';

const ulid = <Kind extends string>(kind: string): Id<Kind> =>
  `01J00000000000000000000${kind}` as Id<Kind>;

export const userId: UserId = ulid('VSR');
export const sessionId: SessionId = ulid('SES');
export const guildId: GuildId = ulid('GRD');
const channelId: ChannelId = ulid('CHN');
const roleId: RoleId = ulid('RRE');
export const messageId: MessageId = ulid('MSG');
const ipBanId: IpBanId = ulid('BAN');
const attachmentId: AttachmentId = ulid('ATT');
export const noon = Date.UTC(2026, 0, 1, 12) as Timestamp;

const otherId: UserId = ulid('VS2');
const friendRequest = {
  requestId: ulid<'FriendRequest'>('FRQ'),
  senderId: userId,
  recipientId: otherId,
};
const where = { guildId, channelId, messageId };
const attachment = { attachmentId, guildId, channelId, ownerId: userId };
const member = { guildId, userId, by: userId, at: noon };
const undone = {
  guildId,
  from: '00000000000000000007',
  to: '00000000000000000009',
  actorId: userId,
  at: noon,
};
const reaction = { ...where, userId, emoji: '🪴', at: noon };

type Samples = {
  readonly [Type in DomainEvent['type']]: Extract<DomainEvent, { type: Type }>['data'];
};

export const SAMPLES: Samples = {
  AccountRegistered: { userId, username: 'Ada', at: noon },
  ProfileUpdated: { userId, username: 'Ada_L', aboutMarkdown: 'Poetical *science*', at: noon },
  ProfilePictureChanged: {
    userId,
    kind: 'avatar',
    pictureId: ulid<'Picture'>('PCT'),
    version: 1_767_268_800 as t.Int,
    mimeType: 'image/png',
    sizeBytes: 12_345 as t.Int,
    sha256Hex: 'ab'.repeat(32),
    at: noon,
  },
  NameClaimLapsed: { userId, at: noon },
  AccountErased: { userId, at: noon },
  UsernameReserved: { userId, at: noon },
  UsernameReleased: { userId, at: noon },
  SessionStarted: { sessionId, userId, at: noon },
  SessionRevoked: { sessionId, userId, reason: 'replay', at: noon },
  FriendRequested: { ...friendRequest, at: noon },
  FriendRequestAccepted: { ...friendRequest, at: noon },
  FriendRequestDeleted: { ...friendRequest, by: userId, at: noon },
  FriendRemoved: { by: userId, friendId: otherId, at: noon },
  GuildCreated: {
    guildId,
    name: 'Analytical Engines',
    visibility: 'public',
    creatorId: userId,
    at: noon,
  },
  GuildSlotTaken: { userId, guildId, at: noon },
  GuildUpdated: { guildId, by: userId, at: noon, name: 'Difference Engines' },
  RoleCreated: {
    guildId,
    roleId,
    name: 'Librarian',
    position: 3 as t.Int,
    permissions: ['create_message'],
    systemKey: null,
    isSystem: false,
    colorHex: '#aabbcc',
    by: userId,
    at: noon,
  },
  ChannelCreated: { guildId, channelId, name: 'reading-room', kind: 'text', by: userId, at: noon },
  ChannelOverrideSet: {
    guildId,
    channelId,
    target: { kind: 'role', roleId },
    allow: ['create_message'],
    deny: [],
    by: userId,
    at: noon,
  },
  RoleUpdated: {
    guildId,
    roleId,
    by: userId,
    at: noon,
    name: 'Archivist',
    permissions: ['create_message', 'delete_message'],
    colorHex: null,
  },
  RoleRestored: {
    guildId,
    roleId,
    name: 'Librarian',
    position: 3 as t.Int,
    permissions: ['create_message', 'delete_message'],
    systemKey: null,
    isSystem: false,
    colorHex: '#A0B1C2',
    createdAt: noon,
    by: OPERATOR_ID,
    at: noon,
  },
  ChannelRemoved: { guildId, channelId, by: OPERATOR_ID, at: noon },
  RoleDeleted: { guildId, roleId, by: userId, at: noon },
  RolesReordered: { guildId, roleIds: [roleId], by: userId, at: noon },
  DefaultJoinRoleSet: { guildId, roleId, by: userId, at: noon },
  MemberJoined: { ...member, cause: 'directory' },
  MemberLeft: member,
  MemberKicked: member,
  MemberBanned: member,
  MemberUnbanned: member,
  MemberRoleAssigned: { ...member, roleId },
  MemberRoleUnassigned: { ...member, roleId },
  MemberFixedRoleSet: { ...member, role: 'moderator', roleId },
  MemberTimedOut: { ...member, until: noon, reason: 'Shouting in the library' },
  MemberRestored: { ...member, by: OPERATOR_ID, joinedAt: noon, roleIds: [roleId] },
  MemberTimeoutLifted: { ...member, reason: 'It was a misunderstanding' },
  MessagePosted: {
    ...where,
    authorId: userId,
    content: 'Hello, "world" \u0000 🌍',
    attachmentIds: [attachmentId],
    at: noon,
  },
  MessageEdited: { ...where, by: userId, content: 'Hello again', at: noon },
  MessageDeleted: { ...where, by: userId, at: noon },
  ReactionAdded: reaction,
  ReactionRemoved: reaction,
  MessageRestored: {
    ...where,
    authorId: userId,
    content: 'The engine weaves *algebraical* patterns.',
    postedAt: noon,
    by: OPERATOR_ID,
    at: noon,
  },
  AttachmentUploaded: {
    ...attachment,
    filename: 'Bernoulli numbers.png',
    sha256Hex: 'ab'.repeat(32),
    mimeType: 'image/png',
    sizeBytes: 42 as t.Int,
    at: noon,
  },
  AttachmentDeleted: { ...attachment, by: userId, cause: 'request', at: noon },
  StorageReserved: { userId, attachmentId, bytes: 50 as t.Int, at: noon },
  StorageSettled: { userId, attachmentId, bytes: 42 as t.Int, at: noon },
  StorageReleased: { userId, attachmentId, at: noon },
  AttachmentAbandoned: { userId, attachmentId, at: noon },
  AttachmentsBound: { userId, messageId, attachmentIds: [attachmentId], at: noon },
  DirectoryJoinDecided: { guildId, userId, outcome: 'accepted', at: noon },
  IpBansAdded: {
    guildId,
    banIds: [ipBanId],
    sourceUserId: userId,
    reason: 'Sells engines',
    expiresAt: noon,
    by: userId,
    at: noon,
  },
  IpBanLifted: { guildId, banId: ipBanId, by: userId, at: noon },
  IpBanHit: { guildId, banId: ipBanId, userId, at: noon },
  SealedTextsRevealed: {
    guildId,
    actor: `user:${userId}`,
    eventType: 'MessagePosted',
    action: null,
    since: noon,
    until: null,
    fromPosition: '00000000000000000001',
    toPosition: null,
    correlationId: null,
    at: noon,
  },
  BackupCreated: {
    backup: 'filament-20260101T120000Z-7',
    position: '00000000000000000007',
    parts: ['log', 'vault', 'destroyed'],
    at: noon,
  },
  BackupRestored: {
    backup: 'filament-20260101T120000Z-7',
    position: '00000000000000000007',
    storeId: '0198c0de-0000-4000-8000-000000000007',
    at: noon,
  },
  ProjectionRolledBack: {
    projection: 'messages',
    version: 1 as t.Int,
    events: 7 as t.Int,
    at: noon,
  },
  ReplacedProjectionDropped: { projection: 'messages', at: noon },
  GuildUndoStarted: { ...undone, reason: 'The account was stolen' },
  GuildUndoFinished: { ...undone, compensations: 3 as t.Int, refusals: 1 as t.Int },
  ErasureReceipted: {
    installation: 'AAAAAAAAAAAAAAAA',
    userId,
    first: '00000000000000000007',
    last: '00000000000000000042',
    accounts: 1 as t.Int,
    messages: 42 as t.Int,
    attachments: 7 as t.Int,
    pictures: 2 as t.Int,
    root: 'ab'.repeat(32),
    remains: 'Dead pages of the database.',
    at: noon,
    key: 'A'.repeat(43),
    signature: 'A'.repeat(86),
  },
  AccountExported: { userId, position: '00000000000000000042', at: noon },
  LogExported: { from: null, to: '00000000000000000042', at: noon },
  LogSealed: {
    installation: 'AAAAAAAAAAAAAAAA',
    first: '00000000000000000001',
    last: '00000000000000000042',
    events: 42 as t.Int,
    root: 'ab'.repeat(32),
    previous: null,
    key: 'A'.repeat(43),
    nextKey: null,
    at: noon,
    signature: 'A'.repeat(86),
  },
  ProjectionRebuilt: { projection: 'messages', version: 1 as t.Int, events: 42 as t.Int, at: noon },
};

/** The sample of a type as an event. */
export const sample = (type: DomainEvent['type']): DomainEvent =>
  ({ type, data: SAMPLES[type] }) as DomainEvent;
