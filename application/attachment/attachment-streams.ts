import { attachmentDecider, type Attachment } from '../../domain/attachment/decider.ts';
import { ATTACHMENT_EVENTS } from '../../domain/attachment/events.ts';
import { type AttachmentId, type UserId } from '../../domain/shared/ids.ts';
import { storageDecider } from '../../domain/storage/decider.ts';
import { STORAGE_EVENTS } from '../../domain/storage/events.ts';
import { type Storage } from '../../domain/storage/storage.ts';
import { createUncachedStreams, type FoldedStreams } from '../access/folded-streams.ts';
import { createStreamCache } from '../access/stream-cache.ts';
import { type EventStore, type Recorded, type Undecodable } from '../event-store/event-store.ts';

// Whoever is uploading or posting files right now; others are folded anew.
const STORAGES_CACHED_MAX = 1_000;

export const attachmentStream = (id: AttachmentId): string => `attachment-${id}`;
export const attachmentScope = (id: AttachmentId): string => `attachment:${id}`;
export const storageStream = (userId: UserId): string => `storage-${userId}`;

/** The states that commands on attachments decide over. */
export type AttachmentStates = {
  readonly attachments: FoldedStreams<Attachment | null>;
  readonly storages: FoldedStreams<Storage>;
  /** Follows the log: the pipeline calls it with each batch, in order. */
  readonly apply: (events: readonly (Recorded | Undecodable)[]) => void;
};

export const createAttachmentStates = (store: Pick<EventStore, 'load'>): AttachmentStates => {
  const storages = createStreamCache({
    store,
    folding: { decider: storageDecider, kinds: STORAGE_EVENTS },
    max: STORAGES_CACHED_MAX,
    keepsEmpty: false,
  });
  return {
    storages,
    attachments: createUncachedStreams({
      store,
      folding: { decider: attachmentDecider, kinds: ATTACHMENT_EVENTS },
    }),
    apply: (events) => {
      for (const event of events) {
        const { stream, revision } = event.meta;
        if (stream.startsWith('storage-')) storages.apply(stream, revision, event);
      }
    },
  };
};
