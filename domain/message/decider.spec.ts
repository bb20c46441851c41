import * as fc from 'fast-check';
import { isRight } from 'fp-ts/lib/Either.js';
import { specFor } from '../shared/testing/spec-for.ts';
import {
  attachmentNo,
  channelNo,
  guildNo,
  messageNo,
  noon,
  userNo,
} from '../shared/testing/samples.ts';
import { messageDecider, type MessageCommand } from './decider.ts';
import { type MessageEvent } from './events.ts';
import { type Message } from './message.ts';

const { given } = specFor(messageDecider);
const place = { messageId: messageNo(1), guildId: guildNo(1), channelId: channelNo(1) };
const posted = {
  type: 'MessagePosted' as const,
  data: { ...place, authorId: userNo(1), content: 'hello', attachmentIds: [], at: noon },
};
const change = { ...place, by: userNo(1), at: noon };
const deleted: MessageEvent = { type: 'MessageDeleted', data: change };
const reaction = (user: number, emoji: string) => ({
  ...place,
  userId: userNo(user),
  emoji,
  at: noon,
});
const react = (user: number, emoji: string, emojiMax = 2): MessageCommand => ({
  type: 'AddReaction',
  data: { ...reaction(user, emoji), emojiMax },
});
const unreact = (user: number, emoji: string): MessageCommand => ({
  type: 'RemoveReaction',
  data: reaction(user, emoji),
});
const reacted = (user: number, emoji: string): MessageEvent => ({
  type: 'ReactionAdded',
  data: reaction(user, emoji),
});
const unreacted = (user: number, emoji: string): MessageEvent => ({
  type: 'ReactionRemoved',
  data: reaction(user, emoji),
});
const edit = (content: string): MessageCommand => ({
  type: 'EditMessage',
  data: { ...change, content },
});
const remove: MessageCommand = { type: 'DeleteMessage', data: change };

describe('a message', () => {
  it('is edited', () =>
    given(posted)
      .when(edit('bye'))
      .thenEmits({ type: 'MessageEdited', data: { ...change, content: 'bye' } }));
  it('is deleted', () => given(posted).when(remove).thenEmits(deleted));
  it('takes its attachments along', () => {
    const attachmentIds = [attachmentNo(1), attachmentNo(2)];
    given({ ...posted, data: { ...posted.data, attachmentIds } })
      .when(remove)
      .thenEmits({ type: 'MessageDeleted', data: { ...change, attachmentIds } });
  });
  it.each([edit('bye'), remove, react(2, '👍'), unreact(2, '👍')])(
    'is gone for $type once deleted, and before it was posted',
    (command) => {
      given(posted, deleted).when(command).thenRejects({ type: 'NoSuchMessage' });
      given().when(command).thenRejects({ type: 'NoSuchMessage' });
    },
  );
  it.each([{ channelId: channelNo(2) }, { guildId: guildNo(2) }, { messageId: messageNo(2) }])(
    'is found only where it stands, not at %j',
    (elsewhere) => {
      const command: MessageCommand = { type: 'DeleteMessage', data: { ...change, ...elsewhere } };
      given(posted).when(command).thenRejects({ type: 'NoSuchMessage' });
    },
  );
});

describe('reactions', () => {
  it('are added once per person and emoji', () => {
    given(posted).when(react(2, '👍')).thenEmits(reacted(2, '👍'));
    given(posted, reacted(2, '👍')).when(react(2, '👍')).thenEmits();
    given(posted, reacted(2, '👍')).when(react(3, '👍')).thenEmits(reacted(3, '👍'));
  });
  it('are removed once', () => {
    given(posted, reacted(2, '👍')).when(unreact(2, '👍')).thenEmits(unreacted(2, '👍'));
    given(posted).when(unreact(2, '👍')).thenEmits();
  });
  it('are bounded in distinct emoji', () => {
    const full = [posted, reacted(2, '👍'), reacted(2, '👎')];
    given(...full)
      .when(react(2, '🙂'))
      .thenRejects({ type: 'TooManyReactions' });
    given(...full)
      .when(react(3, '👎'))
      .thenEmits(reacted(3, '👎'));
    given(...full, unreacted(2, '👎'))
      .when(react(2, '🙂'))
      .thenEmits(reacted(2, '🙂'));
  });
  it('stay within bounds and never empty, whatever is asked', () => {
    const command = fc
      .tuple(fc.boolean(), fc.integer({ min: 1, max: 3 }), fc.constantFrom('a', 'b', 'c', 'd'))
      .map(([adds, user, emoji]) => (adds ? react(user, emoji) : unreact(user, emoji)));
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        let state: Message | null = messageDecider.evolve(null, posted);
        for (const each of commands) {
          const decided = messageDecider.decide(each, state);
          if (isRight(decided)) state = decided.right.reduce(messageDecider.evolve, state);
          expect(state?.reactions.size).toBeLessThanOrEqual(2);
          expect([...state!.reactions.values()].every(({ size }) => size > 0)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });
});
