// Reads the range of an undo and finds what it touched; and, up to the end of the log, what others did with things that
// were made in it.
import { type Refusal } from '../../domain/undo/act.ts';
import { type Uses } from '../../domain/undo/plan-guild.ts';
import {
  type ChannelId,
  type MessageId,
  type RoleId,
  type UserId,
} from '../../domain/shared/ids.ts';
import { EVERY_SEALED_FIELD } from '../audit/timeline.ts';
import { type Position } from '../event-store/event-log.ts';
import { type EventStore, type Recorded } from '../event-store/event-store.ts';
import { whoseIn, type UndoRange } from './undo-range.ts';

const PAGE = 2_000;

export type Touched = {
  readonly acts: number;
  readonly members: ReadonlySet<UserId>;
  readonly messages: ReadonlySet<MessageId>;
  readonly touchesIpBans: boolean;
  readonly files: readonly Refusal[];
  readonly uses: Uses;
  readonly readUpTo: Position;
};

export type TooManyActs = { readonly type: 'TooManyActs'; readonly actsMax: number };

/** The last position before another: where a reading begins that shall include it. */
const before = (position: Position, start: Position): Position =>
  // The longer positions of the other log are no count, so nothing can be taken from them.
  position.length === 20 && position > start
    ? (String(BigInt(position) - 1n).padStart(20, '0') as Position)
    : start;

/** The guild's events from a position on, page by page, texts sealed. */
export async function* guildEvents(
  store: Pick<EventStore, 'readAll'>,
  guildId: UndoRange['guildId'],
  after: Position,
  upTo: Position,
): AsyncGenerator<readonly Recorded[]> {
  for (let last = after; last < upTo;) {
    const page = await store.readAll(last, PAGE, { keepSealed: EVERY_SEALED_FIELD });
    const end = page.at(-1);
    if (end === undefined) return;
    last = end.meta.position;
    yield page.filter(
      (event): event is Recorded =>
        event.type !== 'Undecodable' &&
        event.meta.position <= upTo &&
        'guildId' in event.data &&
        event.data.guildId === guildId,
    );
  }
}

type Found = {
  acts: number;
  touchesIpBans: boolean;
  readonly made: Set<string>; // Roles and channels
  readonly members: Set<UserId>;
  readonly messages: Set<MessageId>;
  readonly files: Refusal[];
  readonly roles: Set<RoleId>;
  readonly postings: Map<MessageId, ChannelId>;
};

const noteUndone = (found: Found, event: Recorded): void => {
  const { stream } = event.meta;
  found.acts += 1;
  if (event.type === 'RoleCreated') found.made.add(event.data.roleId);
  if (event.type === 'ChannelCreated') found.made.add(event.data.channelId);
  if (event.type === 'AttachmentDeleted' && event.data.cause === 'request')
    found.files.push({ kind: 'file', id: event.data.attachmentId, why: 'files_erased' });
  if (event.type === 'IpBansAdded' || event.type === 'IpBanLifted') found.touchesIpBans = true;
  if (stream.startsWith('member-') && 'userId' in event.data && event.data.userId !== null)
    found.members.add(event.data.userId);
  if (stream.startsWith('message-') && 'messageId' in event.data)
    found.messages.add(event.data.messageId);
};

const noteUse = (found: Found, { type, data }: Recorded): void => {
  if (type === 'MemberRoleAssigned' || type === 'MemberFixedRoleSet') {
    if (found.made.has(data.roleId)) found.roles.add(data.roleId);
  } else if (type === 'MessagePosted') {
    if (found.made.has(data.channelId)) found.postings.set(data.messageId, data.channelId);
  } else if (type === 'MessageDeleted') found.postings.delete(data.messageId);
};

/** Left when more was done than one undo takes on. */
export const findTouched = async (
  store: Pick<EventStore, 'readAll' | 'start' | 'head'>,
  range: UndoRange,
  actsMax: number,
  onProgress: (events: number) => void,
): Promise<Touched | TooManyActs> => {
  const whoseOf = whoseIn(range);
  const head = await store.head();
  const found: Found = {
    ...{ acts: 0, touchesIpBans: false, made: new Set(), members: new Set() },
    ...{ messages: new Set(), files: [], roles: new Set(), postings: new Map() },
  };
  let read = 0;
  /** Null when there are too many. */
  const note = async (after: Position, upTo: Position): Promise<Found | null> => {
    for await (const page of guildEvents(store, range.guildId, after, upTo)) {
      for (const event of page) {
        const whose = whoseOf(event);
        if (whose === 'undone') noteUndone(found, event);
        else if (whose === 'others') noteUse(found, event);
      }
      if (found.acts > actsMax) return null;
      read += page.length;
      onProgress(read);
    }
    return found;
  };
  if ((await note(before(range.from, store.start), range.to)) === null)
    return { type: 'TooManyActs', actsMax };
  // What comes after is looked at only for what others did with what was made.
  if (found.made.size > 0) await note(range.to, head);
  return {
    acts: found.acts,
    members: found.members,
    messages: found.messages,
    touchesIpBans: found.touchesIpBans,
    files: found.files,
    uses: { roles: found.roles, channels: new Set(found.postings.values()) },
    readUpTo: head,
  };
};
