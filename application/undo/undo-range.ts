// Which acts of a guild an undo is about.
import { type Whose } from '../../domain/undo/act.ts';
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type Position } from '../event-store/event-log.ts';
import { type Recorded } from '../event-store/event-store.ts';

export type UndoRange = {
  readonly guildId: GuildId;
  readonly from: Position; // Both included
  readonly to: Position;
  readonly actorId: UserId | null; // Null: whoever did it
};

/** What no undo takes back: the founding of a guild, and anybody's own coming and going. */
const isForGood = (event: Recorded): boolean => {
  const { type, data } = event;
  if (type === 'GuildCreated' || type === 'MemberLeft') return true;
  if (type === 'RoleCreated') return data.systemKey !== null;
  if (type === 'MemberJoined') return data.by === data.userId;
  return type === 'MemberRoleAssigned' && data.onJoining === true && data.by === data.userId;
};

/** What people say, and what they do to what they said: nobody's raid unless somebody is named. */
const isOwnWord = (event: Recorded): boolean => {
  const { type, data } = event;
  if (type === 'MessageEdited' || type === 'MessageDeleted') return data.authorId === undefined;
  return type === 'MessagePosted' || type === 'ReactionAdded' || type === 'ReactionRemoved';
};

/** Tells apart whose an event of the guild is. */
export const whoseIn =
  ({ from, to, actorId }: UndoRange) =>
  (event: Recorded): Whose => {
    const { position, actor } = event.meta;
    if (actor === 'operator') return 'operator';
    if (position < from || position > to || isForGood(event)) return 'others';
    if (actorId !== null) return actor === `user:${actorId}` ? 'undone' : 'others';
    return actor.startsWith('user:') && !isOwnWord(event) ? 'undone' : 'others';
  };
