import { type Recorded } from '../../application/event-store/event-store.ts';
import {
  channelNo,
  guildNo,
  messageNo,
  noon,
  userNo,
} from '../../domain/shared/testing/samples.ts';
import { foldTexts } from './fold-texts.ts';

const where = (n: number) => ({
  messageId: messageNo(n),
  guildId: guildNo(1),
  channelId: channelNo(1),
});
const meta = {} as Recorded['meta'];
const change = { by: userNo(1), at: noon };
const posted = (n: number, content: string | null): Recorded => ({
  type: 'MessagePosted',
  data: { ...where(n), authorId: userNo(1), content, attachmentIds: [], at: noon },
  meta,
});
const edited = (n: number, content: string | null): Recorded => ({
  type: 'MessageEdited',
  data: { ...where(n), ...change, content },
  meta,
});
const deleted = (n: number): Recorded => ({
  type: 'MessageDeleted',
  data: { ...where(n), ...change },
  meta,
});
const fold = (...events: readonly Recorded[]) => {
  const { posted, edited, removed } = foldTexts(events);
  return {
    posted: posted.map(({ messageId, content }) => [messageId, content]),
    edited: [...edited],
    removed: [...removed],
  };
};

it('keeps the place of messages that are gone again, so that numbers do not depend on batches', () => {
  expect(fold(posted(1, 'a'), posted(2, 'b'), edited(1, 'c'), deleted(2), posted(3, null))).toEqual(
    {
      posted: [
        [messageNo(1), 'c'],
        [messageNo(2), null],
        [messageNo(3), null],
      ],
      edited: [],
      removed: [],
    },
  );
});

it('takes the last of several edits, and none of what was deleted', () => {
  expect(fold(edited(1, 'a'), edited(1, 'b'), edited(2, 'c'), deleted(2))).toEqual({
    posted: [],
    edited: [[messageNo(1), 'b']],
    removed: [messageNo(2)],
  });
});

it('takes a message out of the index whose text is erased', () => {
  expect(fold(edited(1, null))).toEqual({ posted: [], edited: [], removed: [messageNo(1)] });
});

it('gives a restored message a number of its own, whether or not its posting is in the batch', () => {
  const restored: Recorded = {
    type: 'MessageRestored',
    data: { ...where(1), ...change, authorId: userNo(1), content: 'a', postedAt: noon },
    meta,
  };
  const back = [messageNo(1), 'a'];
  expect(fold(posted(1, 'a'), deleted(1), restored)).toEqual({
    ...{ posted: [[messageNo(1), null], back], edited: [], removed: [] },
  });
  expect(fold(deleted(1), restored)).toEqual({
    ...{ posted: [back], edited: [], removed: [messageNo(1)] },
  });
  expect(fold(restored, edited(1, 'b'), deleted(1))).toEqual({
    ...{ posted: [[messageNo(1), null]], edited: [], removed: [messageNo(1)] },
  });
});
