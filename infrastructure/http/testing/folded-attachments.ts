// What the read model of attachments holds, folded from the whole log at each question.
import {
  type AttachmentReader,
  type Leftover,
} from '../../../application/attachment/attachment-reader.ts';
import {
  attachmentAnswer,
  inMessageOrder,
} from '../../../application/attachment/attachment-answer.ts';
import { type EventStore, type Recorded } from '../../../application/event-store/event-store.ts';
import { attachmentDecider, type Attachment } from '../../../domain/attachment/decider.ts';
import { ATTACHMENT_EVENTS, type AttachmentEvent } from '../../../domain/attachment/events.ts';
import { type AttachmentId } from '../../../domain/shared/ids.ts';
import { foldBy } from './fold-by.ts';

/** Attachments by id, in whatever state. */
export const foldFiles = (events: readonly Recorded[]) => {
  const states = foldBy<Attachment | null, AttachmentEvent>(
    events,
    ATTACHMENT_EVENTS,
    null,
    attachmentDecider.evolve,
  );
  const stateOf = (id: AttachmentId) => states.get(`attachment-${id}`) ?? null;
  return { stateOf, ofMessage: (ids: readonly AttachmentId[]) => inMessageOrder(ids.map(stateOf)) };
};

type Reserved = { isUploaded: boolean; isUsed: boolean; isDoomed: boolean; at: number } & Pick<
  Leftover,
  'userId'
>;

const foldReservations = (events: readonly Recorded[]): ReadonlyMap<AttachmentId, Reserved> => {
  const reserved = new Map<AttachmentId, Reserved>();
  const change = (id: AttachmentId, changes: Partial<Reserved>) => {
    const before = reserved.get(id);
    if (before !== undefined) reserved.set(id, { ...before, ...changes });
  };
  for (const { type, data } of events) {
    if (type === 'StorageReserved') {
      const { attachmentId, userId, at } = data;
      reserved.set(attachmentId, { userId, at, isUploaded: false, isUsed: false, isDoomed: false });
    } else if (type === 'StorageReleased') reserved.delete(data.attachmentId);
    else if (type === 'AttachmentUploaded') change(data.attachmentId, { isUploaded: true });
    else if (type === 'AttachmentDeleted' || type === 'AttachmentAbandoned')
      change(data.attachmentId, { isDoomed: true });
    else if (type === 'MessagePosted')
      data.attachmentIds.forEach((id) => change(id, { isUsed: true }));
    else if (type === 'MessageDeleted')
      data.attachmentIds?.forEach((id) => change(id, { isDoomed: true }));
  }
  return reserved;
};

export const foldedAttachments = (
  store: Pick<EventStore, 'readAll' | 'start'>,
): AttachmentReader => {
  const events = async () =>
    (await store.readAll(store.start, 100_000)).filter((event) => event.type !== 'Undecodable');
  return {
    find: async ({ guildId, channelId, attachmentId }) => {
      const state = foldFiles(await events()).stateOf(attachmentId);
      return state?.guildId === guildId && state.channelId === channelId
        ? attachmentAnswer(state)
        : null;
    },
    ofMessages: () => Promise.resolve(new Map()),
    leftovers: async ({ uploadsBefore, unusedBefore, after, limit }) =>
      [...foldReservations(await events())]
        .filter(
          ([id, { at, isUploaded, isUsed, isDoomed }]) =>
            (after === null || id > after) &&
            (isDoomed || (!isUsed && (at < unusedBefore || (!isUploaded && at < uploadsBefore)))),
        )
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, limit)
        .map(([attachmentId, { userId, isDoomed }]) => ({ attachmentId, userId, isDoomed })),
  };
};
