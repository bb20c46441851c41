// Every field of every kind of event that holds a text of a person's or says whom something is about, and where an export
// of that person puts it. A new one fails here until somebody has decided.
import type * as t from 'io-ts';
import { givenOf } from '../../application/account-export/given-of-event.ts';
import { EVENT_KINDS, type AnyEventKind } from '../../application/event-store/event-catalogue.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { type Recorded } from '../../application/event-store/event-store.ts';
import { UserId } from '../../domain/shared/ids.ts';
import { userNo } from '../../domain/shared/testing/samples.ts';
import { sample } from '../event-store/testing/samples.ts';

type Inside = {
  readonly props?: Readonly<Record<string, t.Mixed>>;
  readonly types?: readonly t.Mixed[];
  readonly type?: t.Mixed;
};
/** What a codec is put together from. */
const insideOf = (codec: object): Inside => codec;

/** The codecs of a record's fields, however it is put together. */
const fieldsOf = (codec: t.Mixed): Readonly<Record<string, t.Mixed>> => {
  const { props, types, type } = insideOf(codec);
  if (props !== undefined) return props;
  if (types !== undefined)
    return Object.fromEntries(types.flatMap((each) => Object.entries(fieldsOf(each))));
  return type === undefined ? {} : fieldsOf(type);
};

/** Paths to ids of people in a field: `by`, `original.by`, … */
const peopleIn = (name: string, codec: t.Mixed): readonly string[] => {
  if (codec === UserId) return [name];
  const { types, type } = insideOf(codec);
  if (types?.includes(UserId) === true || type === UserId) return [name];
  return Object.entries(fieldsOf(codec)).flatMap(([inner, each]) =>
    peopleIn(`${name}.${inner}`, each),
  );
};

// A text, and yet about somebody: who acted, as metadata has it.
const ACTOR_TEXTS = ['SealedTextsRevealed.actor'];

const peopleOf = ({ type, data }: AnyEventKind): readonly string[] => [
  ...Object.entries(fieldsOf(data)).flatMap(([name, codec]) => peopleIn(name, codec)),
  ...ACTOR_TEXTS.filter((path) => path.startsWith(`${type}.`)).map((path) => path.split('.')[1]!),
];

const [self, somebody] = [userNo(1), userNo(2)];
const MOMENT = { position: '00000000000000000009' as Position } as Recorded['meta'];

/** The sample with everybody somebody else, but for the field named, and each sealed text a word of its own. */
const eventFor = (
  { type, sealed }: AnyEventKind,
  paths: readonly string[],
  mine: string | null,
) => {
  const data = structuredClone(sample(type).data) as Record<string, unknown>;
  if (type === 'MemberBanned') data['original'] = { by: somebody, at: data['at'] };
  if (type === 'ChannelOverrideSet') data['target'] = { kind: 'member', userId: somebody };
  if (type.startsWith('Message') && !('authorId' in data) && mine === 'authorId')
    data['authorId'] = somebody;
  for (const path of paths) {
    const names = path.split('.');
    const last = names.pop()!;
    const inner = names.reduce<unknown>((at, name) => Reflect.get(at as object, name), data);
    const who = path === mine ? self : somebody;
    const isOptional = !Reflect.has(inner as object, last);
    if (isOptional && path !== mine && path !== 'authorId') continue;
    Reflect.set(inner as object, last, last === 'actor' ? `user:${who}` : who);
  }
  for (const [field] of sealed) data[field] = `the ${field}`;
  const event: object = { type, data, meta: MOMENT };
  return event as Recorded;
};

/** Where it goes when that person is the one the field names: the file, and which of its sealed texts go with it. */
const outcomeOf = (kind: AnyEventKind, mine: string): string => {
  const event = eventFor(kind, peopleOf(kind), mine);
  const given = givenOf(event, self);
  if (given === null) return 'not given';
  const values = Object.values(given.fields);
  const texts = kind.sealed.filter(([field]) => values.includes(`the ${field}`));
  return [given.file, ...texts.map(([field]) => field)].join(' ');
};

/** Field by field; the decision, and why where it isn't plain. */
const DECIDED: Readonly<Record<string, string>> = {
  'AccountRegistered.userId': 'profile username',
  'ProfileUpdated.userId': 'profile username aboutMarkdown',
  'ProfilePictureChanged.userId': 'pictures sha256Hex',
  'NameClaimLapsed.userId': 'profile',
  'AccountErased.userId': 'profile',
  'UsernameReserved.userId': 'profile',
  'UsernameReleased.userId': 'profile',
  'SessionStarted.userId': 'sessions',
  'SessionRevoked.userId': 'sessions',
  'FriendRequested.senderId': 'friendships',
  'FriendRequested.recipientId': 'friendships',
  'FriendRequestAccepted.senderId': 'friendships',
  'FriendRequestAccepted.recipientId': 'friendships',
  'FriendRequestDeleted.senderId': 'friendships',
  'FriendRequestDeleted.recipientId': 'friendships',
  'FriendRequestDeleted.by': 'not given', // Always one of the two
  'FriendRemoved.by': 'friendships',
  'FriendRemoved.friendId': 'friendships',
  'GuildCreated.creatorId': 'acts name',
  'GuildUpdated.by': 'acts name',
  'RoleCreated.by': 'acts name',
  'RoleUpdated.by': 'acts name',
  'RoleDeleted.by': 'acts',
  'RoleRestored.by': 'acts name',
  'RolesReordered.by': 'acts',
  'DefaultJoinRoleSet.by': 'acts',
  'ChannelCreated.by': 'acts name',
  'ChannelRemoved.by': 'acts',
  'ChannelOverrideSet.target.userId': 'moderation',
  'ChannelOverrideSet.by': 'acts',
  'GuildSlotTaken.userId': 'acts',
  'MemberJoined.userId': 'memberships',
  'MemberJoined.by': 'acts',
  'MemberLeft.userId': 'memberships',
  'MemberLeft.by': 'acts',
  'MemberKicked.userId': 'moderation reason',
  'MemberKicked.by': 'acts reason',
  'MemberBanned.userId': 'moderation reason',
  'MemberBanned.by': 'acts reason',
  'MemberBanned.original.by': 'acts reason',
  'MemberUnbanned.userId': 'moderation',
  'MemberUnbanned.by': 'acts',
  'MemberRoleAssigned.userId': 'memberships',
  'MemberRoleAssigned.by': 'acts',
  'MemberRoleUnassigned.userId': 'memberships',
  'MemberRoleUnassigned.by': 'acts',
  'MemberFixedRoleSet.userId': 'memberships',
  'MemberFixedRoleSet.by': 'acts',
  'MemberTimedOut.userId': 'moderation reason',
  'MemberTimedOut.by': 'acts reason',
  'MemberTimeoutLifted.userId': 'moderation reason',
  'MemberTimeoutLifted.by': 'acts reason',
  'MemberRestored.userId': 'memberships',
  'MemberRestored.by': 'acts',
  'MessagePosted.authorId': 'messages content',
  'MessageEdited.by': 'acts content', // Of somebody else's message; of their own it is in the line of the message
  'MessageEdited.authorId': 'moderation', // Without the text, which somebody else wrote
  'MessageDeleted.by': 'acts',
  'MessageDeleted.authorId': 'moderation',
  'MessageRestored.authorId': 'moderation', // Their text is in the line of the message
  'MessageRestored.by': 'acts',
  'ReactionAdded.userId': 'reactions emoji',
  'ReactionRemoved.userId': 'reactions emoji',
  'AttachmentUploaded.ownerId': 'attachments filename sha256Hex',
  'AttachmentDeleted.ownerId': 'not given', // It is in the line of the file
  'AttachmentDeleted.by': 'acts',
  'StorageReserved.userId': 'storage',
  'StorageSettled.userId': 'storage',
  'StorageReleased.userId': 'storage',
  'AttachmentAbandoned.userId': 'storage',
  'AttachmentsBound.userId': 'storage',
  'DirectoryJoinDecided.userId': 'memberships',
  'IpBansAdded.sourceUserId': 'moderation reason',
  'IpBansAdded.by': 'acts reason',
  'IpBanLifted.by': 'acts',
  'IpBanHit.userId': 'moderation',
  'ErasureReceipted.userId': 'profile',
  'AccountExported.userId': 'profile',
  'SealedTextsRevealed.actor': 'profile',
  'GuildUndoStarted.actorId': 'moderation reason',
  'GuildUndoFinished.actorId': 'moderation',
};

const ALL = [...EVENT_KINDS.values()].flatMap((kind) =>
  peopleOf(kind).map((path) => ({ kind, path, name: `${kind.type}.${path}` })),
);

it('is decided for every field that names a person, and for no other', () => {
  expect(Object.keys(DECIDED).sort()).toEqual(ALL.map(({ name }) => name).sort());
});

it('reaches the texts of every kind that has any', () => {
  const withTexts = [...EVENT_KINDS.values()].filter(({ sealed }) => sealed.length > 0);
  for (const kind of withTexts)
    for (const [field] of kind.sealed)
      expect([
        `${kind.type}.${field}`,
        peopleOf(kind).some((path) => outcomeOf(kind, path).split(' ').includes(field)),
      ]).toEqual([
        `${kind.type}.${field}`,
        kind.type !== 'MessageRestored', // What was posted, once more
      ]);
});

it.each(ALL)('$name is given as decided', ({ kind, path, name }) => {
  expect(outcomeOf(kind, path)).toBe(DECIDED[name]);
});

it.each([...EVENT_KINDS.values()].map((kind) => [kind.type, kind] as const))(
  'gives nothing of %s to somebody it does not name',
  (_, kind) => {
    expect(givenOf(eventFor(kind, peopleOf(kind), null), self)).toBeNull();
  },
);

it.each(ALL)('$name gives nobody else’s id but that of whom it was done to or with', (each) => {
  const given = givenOf(eventFor(each.kind, peopleOf(each.kind), each.path), self);
  // Who moderated somebody is about the one who did.
  if (given?.file !== 'moderation' && given?.file !== 'memberships') return;
  expect(JSON.stringify(given.fields)).not.toContain(somebody);
});
