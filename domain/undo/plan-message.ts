// One message as it would be without what is undone.
import { messageDecider, type MessageCommand } from '../message/decider.ts';
import { type MessageEvent } from '../message/events.ts';
import { evolveMessage, type Message } from '../message/message.ts';
import { carryOut, changedSince, type Act, type Plan, type Refusal, type Subject } from './act.ts';
import { type Undoing } from './plan-guild.ts';

type MessageAct = Act<MessageEvent>;
type Wanted = { readonly command: MessageCommand; readonly subject: Subject };
type Place = Pick<Message, 'messageId' | 'guildId' | 'channelId'>;

export type MessageUndoing = Undoing & { readonly emojiMax: number };

const fold = (acts: readonly MessageAct[]): Message | null =>
  acts.map(({ event }) => event).reduce<Message | null>(evolveMessage, null);

const isThere = (message: Message | null): message is Message => message?.deletedBy === null;

const pairsOf = ({ reactions }: Message): ReadonlyMap<string, Reaction> =>
  new Map(
    [...reactions].flatMap(([emoji, userIds]) =>
      [...userIds].map((userId): [string, Reaction] => [`${userId} ${emoji}`, { userId, emoji }]),
    ),
  );
type Reaction = { readonly userId: Message['authorId']; readonly emoji: string };

const reactionChanges = (
  { emojiMax, at }: MessageUndoing,
  place: Place,
  now: ReadonlyMap<string, Reaction>,
  then: ReadonlyMap<string, Reaction>,
): readonly Wanted[] => {
  const subject = ({ userId }: Reaction): Subject => ({
    kind: 'reaction',
    id: `${place.messageId}:${userId}`,
  });
  const gone = [...now].filter(([key]) => !then.has(key));
  const back = [...then].filter(([key]) => !now.has(key));
  return [
    ...gone.map(([, one]): Wanted => ({
      command: { type: 'RemoveReaction', data: { ...place, ...one, at } },
      subject: subject(one),
    })),
    ...back.map(([, one]): Wanted => ({
      command: { type: 'AddReaction', data: { ...place, ...one, at, emojiMax } },
      subject: subject(one),
    })),
  ];
};

const NO_REACTIONS: ReadonlyMap<string, Reaction> = new Map();

type Outcome = { readonly wanted: readonly Wanted[]; readonly refusals: readonly Refusal[] };

const restoration = (undoing: MessageUndoing, then: Message): Outcome => {
  const { messageId, guildId, channelId, content, attachmentIds } = then;
  const place = { messageId, guildId, channelId };
  const { by, at } = undoing;
  const subject: Subject = { kind: 'message', id: messageId };
  if (content === null) return { wanted: [], refusals: [{ ...subject, why: 'key_erased' }] };
  const files: readonly Refusal[] = attachmentIds.map((id) => ({
    kind: 'file',
    id,
    why: 'files_erased',
  }));
  // It was nothing but its files.
  if (content === '') return { wanted: [], refusals: [{ ...subject, why: 'files_erased' }] };
  return {
    wanted: [
      { command: { type: 'RestoreMessage', data: { ...place, content, by, at } }, subject },
      ...reactionChanges(undoing, place, NO_REACTIONS, pairsOf(then)),
    ],
    refusals: files,
  };
};

const changesOf = (undoing: MessageUndoing, now: Message, then: Message): Outcome => {
  const { messageId, guildId, channelId } = now;
  const place = { messageId, guildId, channelId };
  const { by, at } = undoing;
  const subject: Subject = { kind: 'message', id: messageId };
  const reactions = reactionChanges(undoing, place, pairsOf(now), pairsOf(then));
  if (then.content === now.content) return { wanted: reactions, refusals: [] };
  if (then.content === null)
    return { wanted: reactions, refusals: [{ ...subject, why: 'key_erased' }] };
  const data = { ...place, content: then.content, by, at };
  return {
    wanted: [{ command: { type: 'EditMessage', data }, subject }, ...reactions],
    refusals: [],
  };
};

const outcomeOf = (undoing: MessageUndoing, now: Message, then: Message | null): Outcome => {
  if (!isThere(then)) {
    if (!isThere(now)) return { wanted: [], refusals: [] };
    const { messageId, guildId, channelId } = now;
    const { by, at } = undoing;
    const data = { messageId, guildId, channelId, by, at };
    const subject: Subject = { kind: 'message', id: messageId };
    return { wanted: [{ command: { type: 'DeleteMessage', data }, subject }], refusals: [] };
  }
  return isThere(now) ? changesOf(undoing, now, then) : restoration(undoing, then);
};

// Reactions are everybody's own: nobody changes another's.
const partsWritten = ({ type, data }: MessageEvent): readonly Subject[] =>
  type === 'MessageEdited' || type === 'MessageDeleted' || type === 'MessageRestored'
    ? [{ kind: 'message', id: data.messageId }]
    : [];

/** What of one message is put back, and what can't be. */
export const planMessage = (
  acts: readonly MessageAct[],
  undoing: MessageUndoing,
): Plan<MessageEvent, Message | null> => {
  const now = fold(acts);
  const then = fold(acts.filter(({ whose }) => whose !== 'undone'));
  if (now === null) return { events: [], state: null, refusals: [] };
  const { wanted, refusals } = outcomeOf(undoing, now, then);
  const plan = carryOut(messageDecider, now, wanted);
  return {
    ...plan,
    refusals: [...refusals, ...plan.refusals, ...changedSince(acts, partsWritten)],
  };
};
