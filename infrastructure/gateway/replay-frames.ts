// Changes of the feed as frames for one person who missed them. Messages are shown as they are now, and not at all when
// they are gone; of everything else the events are told again, without what was erased since.
import { type Message } from '../../application/contract/answers.ts';
import { type EventType } from '../../application/event-store/event-catalogue.ts';
import { type Recorded } from '../../application/event-store/event-store.ts';
import { type FeedChange } from '../../application/feed/feed-reader.ts';
import { placeText } from '../../application/feed/place.ts';
import { type PermissionName } from '../../domain/permission/permissions.ts';
import { MessageId, type ChannelId, type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp, unixSeconds } from '../../domain/shared/timestamp.ts';
import {
  channelCreateFrame,
  channelDeleteFrame,
  guildUpdateFrame,
  memberAddFrame,
  memberRemovalFrames,
  memberRestoreFrames,
  memberTimeoutFrame,
  memberUnbanFrame,
  memberUpdateFrame,
  messageReactionFrame,
} from './event-frames.ts';
import { type RecordedEvent } from './announcer.ts';
import { type Frame } from './frame-text.ts';
import { SEES_CHANNEL, SEES_OVERRIDES } from './guild-announcers.ts';
import { ipBanSyncFrame } from './ip-ban-announcers.ts';
import {
  friendRemoveFrames,
  friendRequestCreateFrame,
  friendRequestDeleteFrame,
  friendRequestUpdateFrame,
  profilePictureFrame,
  profileUpdateFrame,
} from './people-frames.ts';
import {
  overrideFrame,
  roleAssignmentAddFrame,
  roleAssignmentRemoveFrame,
  roleCreateFrame,
  roleDeleteFrame,
  roleReorderFrame,
  roleRestoreFrames,
  roleUpdateFrame,
} from './role-frames.ts';

/** The frames of one change, in order; the last of them reaches its place. Empty: it is not for this person now. */
export type Replayed = { readonly change: FeedChange; readonly frames: readonly Frame[] };

/** What the frames of one page are made of. */
export type ReplayFacts = {
  readonly readerId: UserId;
  readonly messages: ReadonlyMap<string, Message>;
  readonly events: ReadonlyMap<string, Recorded>; // By position
  readonly known: ReadonlySet<string>; // People whose profiles the reader hears of
  readonly names: ReadonlyMap<UserId, string>;
  readonly holds: (
    change: FeedChange,
    channelId: ChannelId,
    anyOf: readonly PermissionName[],
  ) => Promise<boolean>;
  /** Whether the default role given on joining is meant, which is part of the join (base contract 4.4). */
  readonly isPartOfJoin: (event: Recorded) => boolean;
};

const TEXT_KINDS: ReadonlySet<string> = new Set([
  'MessagePosted',
  'MessageEdited',
  'MessageDeleted',
  'MessageRestored',
]);
/** Whether the frames are made from the event itself, which then has to be read. */
export const needsEvent = ({ kind }: FeedChange): boolean => !TEXT_KINDS.has(kind);
const NEEDS_MESSAGE: ReadonlySet<string> = new Set([
  'MessagePosted',
  'MessageEdited',
  'MessageRestored',
  'ReactionAdded',
  'ReactionRemoved',
]);
/** The message that has to be read as it is now; null when none has. */
export const messageNeeded = ({ kind, subjectId }: FeedChange): MessageId | null =>
  NEEDS_MESSAGE.has(kind) && MessageId.is(subjectId) ? subjectId : null;

const textFrames = (change: FeedChange, { messages }: ReplayFacts): readonly Frame[] => {
  const message = messages.get(change.subjectId);
  const at = unixSeconds(change.at as Timestamp);
  const where = {
    guild_id: change.guildId,
    channel_id: change.channelId,
    message_id: change.subjectId,
  };
  if (change.kind === 'MessageDeleted')
    return [{ t: 'message_delete', d: { ...where, deleted_at_unix: at } }];
  if (message === undefined) return [];
  if (change.kind === 'MessagePosted' || change.kind === 'MessageRestored')
    return [{ t: 'message_create', d: message }];
  const { content, markdown_tokens } = message;
  const d = { ...where, updated_fields: { content, markdown_tokens }, updated_at_unix: at };
  return [{ t: 'message_update', d }];
};

type Removal = RecordedEvent<'MemberLeft' | 'MemberKicked' | 'MemberBanned'>;
export const isRemoval = (event: Recorded): event is Removal =>
  event.type === 'MemberLeft' || event.type === 'MemberKicked' || event.type === 'MemberBanned';
const REASONS = { MemberLeft: 'leave', MemberKicked: 'kick', MemberBanned: 'ban' } as const;
/** A removal as everybody hears of it. */
export const removalFrames = (event: Removal): readonly Frame[] =>
  memberRemovalFrames(event.data, REASONS[event.type]);

type Frames = readonly Frame[];
type Maker<Type extends EventType> = (
  event: RecordedEvent<Type>,
  facts: ReplayFacts,
  change: FeedChange,
) => Frames | Promise<Frames>;
/** Of those not listed nothing is told. */
type Makers = { readonly [Type in EventType]?: Maker<Type> };

const reaction: Maker<'ReactionAdded' | 'ReactionRemoved'> = ({ type, data }, { messages }) => {
  const message = messages.get(data.messageId);
  if (message === undefined || data.emoji === null) return [];
  const count = message.reactions.find(({ emoji }) => emoji === data.emoji)?.count ?? 0;
  return [messageReactionFrame(data, type === 'ReactionAdded' ? 'add' : 'remove', count)];
};

// Who is a member again has lost nothing: that they once were not would only mislead.
const removal: Maker<Removal['type']> = (event, { readerId }) =>
  event.data.userId === readerId ? [] : removalFrames(event);

const timeout: Maker<'MemberTimedOut' | 'MemberTimeoutLifted'> = ({ data }) => [
  memberTimeoutFrame(data),
];

const MEMBERS: Makers = {
  MemberLeft: removal,
  MemberKicked: removal,
  MemberBanned: removal,
  MemberJoined: ({ data }) => (data.cause === 'created' ? [] : [memberAddFrame(data)]),
  MemberRoleAssigned: (event, { isPartOfJoin }) =>
    isPartOfJoin(event) ? [] : [roleAssignmentAddFrame(event.data)],
  MemberRestored: ({ data }) => memberRestoreFrames(data),
  MemberRoleUnassigned: ({ data }) => [roleAssignmentRemoveFrame(data)],
  MemberFixedRoleSet: ({ data }) => [memberUpdateFrame(data)],
  MemberUnbanned: ({ data }) => [memberUnbanFrame(data)],
  MemberTimedOut: timeout,
  MemberTimeoutLifted: timeout,
};

const GUILDS: Makers = {
  GuildUpdated: ({ data }) => [guildUpdateFrame(data)],
  ChannelCreated: async ({ data }, { holds }, change) =>
    (await holds(change, data.channelId, SEES_CHANNEL)) ? [channelCreateFrame(data)] : [],
  ChannelRemoved: ({ data }) => [channelDeleteFrame(data)],
  ChannelOverrideSet: async ({ data }, { holds }, change) =>
    (await holds(change, data.channelId, SEES_OVERRIDES)) ? [overrideFrame(data)] : [],
  RoleCreated: ({ data }) => [roleCreateFrame(data)],
  RoleUpdated: ({ data }) => [roleUpdateFrame(data)],
  RoleDeleted: ({ data }) => [roleDeleteFrame(data)],
  RoleRestored: ({ data }) => roleRestoreFrames(data),
  RolesReordered: ({ data }) => [roleReorderFrame(data)],
  IpBansAdded: (event) => [ipBanSyncFrame(event, 'upsert', event.data.banIds.length)],
  IpBanLifted: (event) => [ipBanSyncFrame(event, 'remove', 1)],
};

const PEOPLE: Makers = {
  ProfileUpdated: ({ data }, { known }) =>
    known.has(data.userId) ? [profileUpdateFrame(data, data.aboutMarkdown ?? undefined)] : [],
  ProfilePictureChanged: ({ data }, { known }) =>
    known.has(data.userId) ? [profilePictureFrame(data)] : [],
  FriendRequested: ({ data }, { names }) => [friendRequestCreateFrame(data, names)],
  FriendRequestAccepted: ({ data }, { readerId, names }) => [
    friendRequestUpdateFrame(data, readerId, names),
  ],
  FriendRequestDeleted: ({ data }) => [friendRequestDeleteFrame(data)],
  FriendRemoved: ({ data }, { readerId }) => friendRemoveFrames(data, readerId),
};

const MAKERS: Makers = {
  ReactionAdded: reaction,
  ReactionRemoved: reaction,
  ...MEMBERS,
  ...GUILDS,
  ...PEOPLE,
};

/** What a person who missed a change is told of it now. */
export const replayFrames = async (change: FeedChange, facts: ReplayFacts): Promise<Frames> => {
  if (!needsEvent(change)) return textFrames(change, facts);
  const event = facts.events.get(change.position);
  if (event === undefined) return []; // It can't be decoded any more, as at its time.
  // A maker of a type takes events of that type; the compiler can't follow that through the look-up.
  const maker = MAKERS[event.type] as Maker<EventType> | undefined;
  return (await maker?.(event, facts, change)) ?? [];
};

export const placeOfChange = (change: FeedChange): string => placeText(change);
