// Any events in any order, over so few ids that they meet: also histories that no command would write, since what a
// projector makes of those must be the same in every cut into batches too.
import * as fc from 'fast-check';
import type * as t from 'io-ts';
import { type DomainEvent } from '../../../application/event-store/event-catalogue.ts';
import {
  attachmentNo,
  channelNo,
  friendRequestNo,
  guildNo,
  ipBanNo,
  messageNo,
  noon,
  pictureNo,
  roleNo,
  userNo,
} from '../../../domain/shared/testing/samples.ts';
import { type Timestamp } from '../../../domain/shared/timestamp.ts';

const guildId = fc.integer({ min: 1, max: 2 }).map(guildNo);
const channelId = fc.integer({ min: 1, max: 2 }).map(channelNo);
const userId = fc.integer({ min: 1, max: 3 }).map(userNo);
const roleId = fc.integer({ min: 1, max: 3 }).map(roleNo);
const messageId = fc.integer({ min: 1, max: 4 }).map(messageNo);
const attachmentId = fc.integer({ min: 1, max: 3 }).map(attachmentNo);
const attachmentIds = fc.uniqueArray(attachmentId, { maxLength: 2 });
const at = fc.integer({ min: 0, max: 9 }).map((n) => (noon + n) as Timestamp);
const name = fc.constantFrom('Oak', 'ÄLM', '100%', null);
const visibility = fc.constantFrom('private' as const, 'public' as const);
const permissions = fc.subarray(['create_message' as const, 'ban_member' as const]);
const place = { guildId, channelId, messageId, at };
const attachment = { attachmentId, guildId, channelId, ownerId: userId, at };
const bytes = fc.integer({ min: 1, max: 9 }).map((n) => n as t.Int);
const member = { guildId, userId, by: userId, at };

type DataOf<Type extends DomainEvent['type']> = Extract<DomainEvent, { type: Type }>['data'];

const of = <Type extends DomainEvent['type']>(
  type: Type,
  data: { readonly [Field in keyof Required<DataOf<Type>>]: fc.Arbitrary<unknown> },
  optional: readonly string[] = [],
): fc.Arbitrary<DomainEvent> =>
  fc
    .record<Record<string, unknown>>(data, {
      requiredKeys: Object.keys(data).filter((key) => !optional.includes(key)),
    })
    .map((fields) => ({ type, data: fields }) as DomainEvent);

const banIds = fc.uniqueArray(fc.integer({ min: 1, max: 3 }), { maxLength: 2 });
const friendRequest = {
  requestId: fc.integer({ min: 1, max: 2 }).map(friendRequestNo),
  senderId: userId,
  recipientId: userId,
  at,
};
const reaction = { ...place, userId, emoji: fc.constantFrom('🪴', '👍', null) };

export const anyEvent: fc.Arbitrary<DomainEvent> = fc.oneof(
  of('AccountRegistered', { userId, username: name, at }),
  of('ProfileUpdated', { userId, username: name, aboutMarkdown: name, at }, [
    'username',
    'aboutMarkdown',
  ]),
  of('ProfilePictureChanged', {
    userId,
    kind: fc.constantFrom('avatar', 'banner'),
    pictureId: fc.integer({ min: 1, max: 3 }).map(pictureNo),
    version: fc.integer({ min: 1, max: 9 }),
    mimeType: fc.constant('image/png'),
    sizeBytes: fc.constant(3),
    sha256Hex: name,
    at,
  }),
  of('FriendRequested', { ...friendRequest, request: fc.constant('hash') }, ['request']),
  of('FriendRequestAccepted', friendRequest),
  of('FriendRequestDeleted', { ...friendRequest, by: userId }),
  of('FriendRemoved', { by: userId, friendId: userId, at, erased: fc.constant(true) }, ['erased']),
  of('AccountErased', { userId, at }),
  of('GuildCreated', { guildId, name, visibility, creatorId: userId, at }),
  of('GuildUpdated', { guildId, name, visibility, by: userId, at }, ['name', 'visibility']),
  of('RoleCreated', {
    guildId,
    roleId,
    name,
    position: fc.integer({ min: 0, max: 9 }).map((n) => n as t.Int),
    permissions,
    systemKey: fc.constantFrom('member' as const, null),
    isSystem: fc.boolean(),
    colorHex: fc.constantFrom('#a0b1c2', null),
    by: userId,
    at,
  }),
  of('ChannelCreated', {
    guildId,
    channelId,
    name,
    kind: fc.constantFrom('text' as const, 'voice' as const),
    by: userId,
    at,
  }),
  of(
    'ChannelOverrideSet',
    {
      guildId,
      channelId,
      target: fc.oneof(
        roleId.map((id) => ({ kind: 'role' as const, roleId: id })),
        userId.map((id) => ({ kind: 'member' as const, userId: id })),
      ),
      allow: permissions,
      deny: permissions,
      by: userId,
      at,
      fixedRole: fc.constantFrom('owner' as const, 'moderator' as const, 'member' as const),
    },
    ['fixedRole'],
  ),
  of(
    'RoleUpdated',
    {
      guildId,
      roleId,
      name,
      permissions,
      colorHex: fc.constantFrom('#A0B1C2', null),
      by: userId,
      at,
    },
    ['name', 'permissions', 'colorHex'],
  ),
  of('RoleRestored', {
    guildId,
    roleId,
    name,
    position: fc.integer({ min: 0, max: 9 }).map((n) => n as t.Int),
    permissions,
    systemKey: fc.constantFrom('member' as const, null),
    isSystem: fc.boolean(),
    colorHex: fc.constantFrom('#a0b1c2', null),
    createdAt: at,
    by: userId,
    at,
  }),
  of('ChannelRemoved', { guildId, channelId, by: userId, at }),
  of('RoleDeleted', { guildId, roleId, by: userId, at }),
  of('RolesReordered', {
    guildId,
    roleIds: fc.shuffledSubarray([1, 2, 3].map(roleNo)),
    by: userId,
    at,
  }),
  of('DefaultJoinRoleSet', { guildId, roleId: fc.option(roleId), by: userId, at }),
  of('MemberJoined', { ...member, cause: fc.constant('added' as const) }),
  of('MemberLeft', { ...member, erased: fc.constant(true) }, ['erased']),
  of('MemberKicked', { ...member, reason: name }, ['reason']),
  of('MemberBanned', { ...member, reason: name, original: fc.record({ by: userId, at }) }, [
    'reason',
    'original',
  ]),
  of('MemberRestored', {
    ...member,
    joinedAt: at,
    roleIds: fc.uniqueArray(roleId, { maxLength: 2 }),
  }),
  of('MemberUnbanned', member),
  of('MemberRoleAssigned', { ...member, roleId, onJoining: fc.constant(true) }, ['onJoining']),
  of('MemberRoleUnassigned', { ...member, roleId }),
  of('MemberFixedRoleSet', {
    ...member,
    role: fc.constantFrom('moderator' as const, 'member' as const),
    roleId,
  }),
  of('MemberTimedOut', { ...member, until: at, reason: name }, ['reason']),
  of('MemberTimeoutLifted', { ...member, reason: name }, ['reason']),
  of('MessagePosted', {
    ...place,
    authorId: userId,
    content: name,
    attachmentIds,
  }),
  of('MessageEdited', { ...place, by: userId, content: name, authorId: userId }, ['authorId']),
  of('MessageDeleted', { ...place, by: userId, authorId: userId, attachmentIds }, [
    'authorId',
    'attachmentIds',
  ]),
  of('MessageRestored', { ...place, authorId: userId, content: name, postedAt: at, by: userId }),
  of('ReactionAdded', reaction),
  of('ReactionRemoved', reaction),
  of(
    'GuildUndoStarted',
    {
      guildId,
      from: fc.constant('1'),
      to: fc.constant('2'),
      actorId: fc.option(userId),
      reason: name,
      at,
    },
    ['reason'],
  ),
  of('DirectoryJoinDecided', {
    guildId,
    userId,
    outcome: fc.constantFrom('accepted' as const, 'rejected_ip_ban' as const),
    at,
  }),
  of('IpBansAdded', {
    guildId,
    banIds: banIds.map((numbers) => numbers.map(ipBanNo)),
    sourceUserId: userId,
    reason: name,
    expiresAt: fc.option(at),
    by: userId,
    at,
  }),
  of('IpBanLifted', {
    guildId,
    banId: fc.integer({ min: 1, max: 3 }).map(ipBanNo),
    by: userId,
    at,
  }),
  of('IpBanHit', { guildId, banId: fc.constant(ipBanNo(1)), userId, at }),
  of('UsernameReserved', { userId, at }),
  of('AttachmentUploaded', {
    ...attachment,
    filename: name,
    sha256Hex: name,
    mimeType: fc.constantFrom('image/png', 'text/plain'),
    sizeBytes: bytes,
  }),
  of('AttachmentDeleted', { ...attachment, by: userId, cause: fc.constant('request' as const) }),
  of('StorageReserved', { userId, attachmentId, bytes, at }),
  of('StorageSettled', { userId, attachmentId, bytes, at }),
  of('StorageReleased', { userId, attachmentId, at }),
  of('AttachmentAbandoned', { userId, attachmentId, at }),
  of('AttachmentsBound', { userId, messageId, attachmentIds, at, request: fc.constant('r') }, [
    'request',
  ]),
);
