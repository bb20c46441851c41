// The messages of one channel that this client holds: one unbroken stretch, in id order, that frames and pages are
// merged into. Pure, so that every order of arrival can be tested.
import { type Message, type Reaction } from '../../../../application/contract/answers.ts';

export type Timeline = {
  readonly messages: readonly Message[]; // Ascending ids, no gap
  readonly reachedStart: boolean; // Nothing older exists
  readonly reachedPresent: boolean; // Live: new messages belong at the end
  /** Which end grew last; the list keeps the reader's place accordingly. */
  readonly grew: 'start' | 'end';
  /** Deleted here, remembered so that a page asked for earlier doesn't bring them back. */
  readonly deleted: ReadonlySet<string>;
};

export type ReactionChange = {
  readonly message_id: string;
  readonly emoji: string;
  readonly count: Reaction['count'];
  readonly operation: 'add' | 'remove';
  readonly actor_user_id: string;
};

export const DELETED_MAX = 500;
/** Past this many, the far end is let go (and loaded again when the reader goes there). */
export const TIMELINE_MESSAGES_MAX = 20_000;

export const EMPTY_TIMELINE: Timeline = {
  messages: [],
  reachedStart: false,
  reachedPresent: false,
  grew: 'end',
  deleted: new Set(),
};

/** Index of the first message whose id is not below `id`. */
export const placeOf = (messages: readonly Message[], id: string): number => {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((messages[middle]?.message_id ?? '') < id) low = middle + 1;
    else high = middle;
  }
  return low;
};

const indexOf = ({ messages }: Timeline, id: string): number => {
  const at = placeOf(messages, id);
  return messages[at]?.message_id === id ? at : -1;
};

export const contains = (timeline: Timeline, id: string): boolean => indexOf(timeline, id) >= 0;

/** Puts one message in its place; a message already there is replaced, so answer and frame may come in any order. */
export const withMessage = (timeline: Timeline, message: Message): Timeline => {
  if (timeline.deleted.has(message.message_id)) return timeline;
  const at = placeOf(timeline.messages, message.message_id);
  const known = timeline.messages[at]?.message_id === message.message_id;
  if (!known && !timeline.reachedPresent) return timeline; // Its place is past the gap.
  return {
    ...timeline,
    grew: 'end',
    messages: timeline.messages.toSpliced(at, known ? 1 : 0, message),
  };
};

const changed = (
  timeline: Timeline,
  id: string,
  change: (message: Message) => Message,
): Timeline => {
  const at = indexOf(timeline, id);
  const message = timeline.messages[at];
  if (message === undefined) return timeline;
  return { ...timeline, messages: timeline.messages.with(at, change(message)) };
};

export const withEdit = (
  timeline: Timeline,
  id: string,
  fields: Pick<Message, 'content' | 'markdown_tokens'>,
): Timeline => changed(timeline, id, (message) => ({ ...message, ...fields }));

export const withoutMessage = (timeline: Timeline, id: string): Timeline => {
  const deleted = new Set([...timeline.deleted, id].slice(-DELETED_MAX));
  const at = indexOf(timeline, id);
  return at < 0
    ? { ...timeline, deleted }
    : { ...timeline, deleted, messages: timeline.messages.toSpliced(at, 1) };
};

const reactedBy = (reaction: Reaction | undefined, change: ReactionChange, self: string) =>
  change.actor_user_id === self ? change.operation === 'add' : (reaction?.reacted_by_me ?? false);

/** Counts come from the server, so a repeated frame changes nothing. */
export const withReaction = (timeline: Timeline, change: ReactionChange, self: string): Timeline =>
  changed(timeline, change.message_id, (message) => {
    const before = message.reactions.find(({ emoji }) => emoji === change.emoji);
    const others = message.reactions.filter(({ emoji }) => emoji !== change.emoji);
    if (change.count <= 0) return { ...message, reactions: others };
    const reaction: Reaction = {
      emoji: change.emoji,
      count: change.count,
      reacted_by_me: reactedBy(before, change, self),
    };
    // A reaction keeps its place: buttons must not move under the pointer.
    const reactions =
      before === undefined
        ? [...others, reaction]
        : message.reactions.map((each) => (each.emoji === change.emoji ? reaction : each));
    return { ...message, reactions };
  });

const ascending = (messages: readonly Message[]) =>
  messages.toSorted((a, b) => (a.message_id < b.message_id ? -1 : 1));

/** A fresh stretch from one page, for a first look or a jump. */
export const timelineOf = (
  page: readonly Message[],
  ends: Pick<Timeline, 'reachedStart' | 'reachedPresent'>,
  deleted: ReadonlySet<string> = new Set(),
): Timeline => ({
  messages: ascending(page).filter(({ message_id }) => !deleted.has(message_id)),
  ...ends,
  grew: 'end',
  deleted,
});

/** Adds a page of older messages; an empty page means the beginning. */
export const withOlder = (timeline: Timeline, page: readonly Message[]): Timeline => {
  if (page.length === 0) return { ...timeline, reachedStart: true, grew: 'start' };
  const first = timeline.messages[0]?.message_id ?? '~';
  const older = ascending(page).filter(
    ({ message_id }) => message_id < first && !timeline.deleted.has(message_id),
  );
  const messages = [...older, ...timeline.messages];
  const excess = messages.length - TIMELINE_MESSAGES_MAX;
  return {
    ...timeline,
    grew: 'start',
    messages: excess > 0 ? messages.slice(0, TIMELINE_MESSAGES_MAX) : messages,
    reachedPresent: timeline.reachedPresent && excess <= 0,
  };
};

/** Adds messages that directly follow the stretch. */
export const withNewer = (
  timeline: Timeline,
  page: readonly Message[],
  reachedPresent: boolean,
): Timeline => {
  const last = timeline.messages.at(-1)?.message_id ?? '';
  const newer = ascending(page).filter(
    ({ message_id }) => message_id > last && !timeline.deleted.has(message_id),
  );
  return {
    ...timeline,
    grew: 'end',
    messages: [...timeline.messages, ...newer],
    reachedPresent: timeline.reachedPresent || reachedPresent,
  };
};

/**
 * Merges what the server says now about everything from the oldest message of `fresh` on. Messages there that the
 * server no longer has were deleted while we weren't listening. `touched` are those a frame has spoken about since the
 * page was asked for: the frame is newer, so ours stay.
 */
export const withFresh = (
  timeline: Timeline,
  fresh: readonly Message[],
  touched: ReadonlySet<string>,
): Timeline => {
  const page = ascending(fresh);
  const from = page[0]?.message_id;
  if (from === undefined) return timeline;
  const kept = timeline.messages.slice(0, placeOf(timeline.messages, from));
  const ours = new Map<string, Message>(
    timeline.messages.slice(kept.length).map((message) => [message.message_id, message]),
  );
  const byId = new Map<string, Message>(page.map((message) => [message.message_id, message]));
  for (const id of touched) {
    const message = ours.get(id);
    if (message !== undefined) byId.set(id, message);
  }
  for (const id of timeline.deleted) byId.delete(id);
  return {
    ...timeline,
    grew: 'end',
    reachedPresent: true,
    messages: [...kept, ...ascending([...byId.values()])],
  };
};
