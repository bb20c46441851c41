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
import { evolveMessage, type Message } from './message.ts';

const { given } = specFor(messageDecider);
const place = { messageId: messageNo(1), guildId: guildNo(1), channelId: channelNo(1) };
const posted: MessageEvent = {
  type: 'MessagePosted',
  data: {
    ...place,
    authorId: userNo(1),
    content: 'hi',
    attachmentIds: [attachmentNo(1)],
    at: noon,
  },
};
const reaction = { ...place, userId: userNo(2), emoji: '🪴', at: noon };
const reacted: MessageEvent = { type: 'ReactionAdded', data: reaction };
const change = { ...place, by: userNo(3), at: noon };
const deleted: MessageEvent = { type: 'MessageDeleted', data: change };
const restoreIn = (channel: number): MessageCommand => ({
  type: 'RestoreMessage',
  data: { ...change, channelId: channelNo(channel), content: 'hi' },
});
const restore = restoreIn(1);
const restored: MessageEvent = {
  type: 'MessageRestored',
  data: { ...change, authorId: userNo(1), content: 'hi', postedAt: noon },
};
const after = (...events: readonly MessageEvent[]) =>
  events.reduce<Message | null>(evolveMessage, null)!;

describe('a restored message', () => {
  it('is the one that was deleted, without its files and with no reactions yet', () => {
    given(posted, reacted, deleted).when(restore).thenEmits(restored);
    expect(after(posted, reacted, deleted, restored)).toEqual({
      ...after(posted),
      attachmentIds: [],
    });
  });
  it('is told of once, and only after a deletion', () => {
    given(posted).when(restore).thenEmits();
    given(posted, deleted, restored).when(restore).thenEmits();
    given().when(restore).thenRejects({ type: 'NoSuchMessage' });
    expect(after(posted, reacted, restored)).toEqual(after(posted, reacted));
  });
  it('stays in its channel', () =>
    given(posted, deleted).when(restoreIn(2)).thenRejects({ type: 'NoSuchMessage' }));
  it('can be reacted to, edited and deleted like any other', () => {
    given(posted, deleted, restored)
      .when({ type: 'DeleteMessage', data: change })
      .thenEmits({
        type: 'MessageDeleted',
        data: { ...change, authorId: userNo(1) },
      });
    given(posted, deleted, restored)
      .when({ type: 'AddReaction', data: { ...reaction, emojiMax: 1 } })
      .thenEmits(reacted);
  });
});
