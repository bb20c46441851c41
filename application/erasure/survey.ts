// What there is of one person, counted by reading the log, before anything is done about it.
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type EventType } from '../event-store/event-catalogue.ts';
import { type EventStore, type Recorded, type Undecodable } from '../event-store/event-store.ts';
import { pagesAfter, type EraseProgress } from './carry-out.ts';

export type Survey = {
  readonly messages: number; // Posted, whether they are still there or not
  readonly messagesThere: number;
  readonly attachments: number; // Uploaded, as above
  readonly attachmentsThere: number;
  readonly pictures: number; // All there ever were
  readonly reactions: number; // Added and not taken back
  readonly sessions: number; // Not ended
  readonly friends: number; // And open requests
  readonly guilds: readonly GuildId[]; // Of which they are a member
};

type Look<Type extends EventType> = (
  data: Extract<Recorded, { readonly type: Type }>['data'],
) => void;
type InGuild = { readonly userId: UserId; readonly guildId: GuildId };
type Looks = { readonly [Type in EventType]?: Look<Type> };

const createCounts = (userId: UserId) => {
  const counts = {
    ...{ messages: 0, messagesThere: 0, attachments: 0, attachmentsThere: 0 },
    ...{ pictures: 0, reactions: 0 },
  };
  const guilds = new Set<GuildId>();
  const known = new Set<UserId>();
  const sessions = new Set<string>();
  const add = (name: keyof typeof counts, whose: UserId, by = 1): void => {
    if (whose === userId) counts[name] += by;
  };
  const joined = (data: InGuild): void => {
    if (data.userId === userId) guilds.add(data.guildId);
  };
  const gone = (data: InGuild): void => {
    if (data.userId === userId) guilds.delete(data.guildId);
  };
  const other = (a: UserId, b: UserId): UserId | null =>
    a === userId ? b : b === userId ? a : null;
  const parted = (a: UserId, b: UserId): void => {
    const person = other(a, b);
    if (person !== null) known.delete(person);
  };
  const looks: Looks = {
    MessagePosted: ({ authorId }) => {
      add('messages', authorId);
      add('messagesThere', authorId);
    },
    MessageRestored: ({ authorId }) => add('messagesThere', authorId),
    MessageDeleted: ({ authorId, by }) => add('messagesThere', authorId ?? by, -1),
    AttachmentUploaded: ({ ownerId }) => {
      add('attachments', ownerId);
      add('attachmentsThere', ownerId);
    },
    AttachmentDeleted: ({ ownerId }) => add('attachmentsThere', ownerId, -1),
    ProfilePictureChanged: (data) => add('pictures', data.userId),
    ReactionAdded: (data) => add('reactions', data.userId),
    ReactionRemoved: (data) => add('reactions', data.userId, -1),
    MemberJoined: joined,
    MemberRestored: joined,
    MemberLeft: gone,
    MemberKicked: gone,
    MemberBanned: gone,
    SessionStarted: (data) => {
      if (data.userId === userId) sessions.add(data.sessionId);
    },
    SessionRevoked: ({ sessionId }) => void sessions.delete(sessionId),
    FriendRequested: ({ senderId, recipientId }) => {
      const person = other(senderId, recipientId);
      if (person !== null) known.add(person);
    },
    FriendRequestDeleted: ({ senderId, recipientId }) => parted(senderId, recipientId),
    FriendRemoved: ({ by, friendId }) => parted(by, friendId),
  };
  return {
    look: (event: Recorded | Undecodable): void => {
      if (event.type === 'Undecodable') return;
      // A look of a type takes data of that type; the compiler can't follow that through the look-up.
      const look = looks[event.type] as Look<EventType> | undefined;
      look?.(event.data);
    },
    survey: (): Survey => ({
      ...counts,
      ...{ guilds: [...guilds], friends: known.size, sessions: sessions.size },
    }),
  };
};

/** Reads the log to its end. */
export const surveyPerson = async (
  store: Pick<EventStore, 'start' | 'head' | 'readAll'>,
  userId: UserId,
  onProgress: (progress: EraseProgress) => void = () => {},
): Promise<Survey> => {
  const counts = createCounts(userId);
  let events = 0;
  for await (const page of pagesAfter({ store }, store.start)) {
    page.forEach(counts.look);
    events += page.length;
    const last = page.at(-1);
    if (last !== undefined) onProgress({ events, at: last.meta.position });
  }
  return counts.survey();
};
