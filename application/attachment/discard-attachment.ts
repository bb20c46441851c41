// The end of an attachment, step by step and each repeatable: out of sight, bytes, key, and last the storage it took. The
// reservation stands until all else is gone, so a crash at any step leaves it for housekeeping to find.
import { isLeft, right } from 'fp-ts/lib/Either.js';
import { attachmentDecider, type DeleteAttachment } from '../../domain/attachment/decider.ts';
import { type AttachmentId, type UserId } from '../../domain/shared/ids.ts';
import { type BlobStore } from '../blob/blob-store.ts';
import { type ContentKeys } from '../blob/content-keys.ts';
import { type CommandContext } from '../event-store/event-store.ts';
import { type Execute } from '../execute.ts';
import { NOT_FOUND } from '../failure.ts';
import { type Clock } from '../ports.ts';
import { attachmentScope, attachmentStream, type AttachmentStates } from './attachment-streams.ts';
import { createStorageStep } from './storage-step.ts';

export type DiscardPorts = {
  readonly execute: Execute;
  readonly states: AttachmentStates;
  readonly blobs: Pick<BlobStore, 'remove'>;
  readonly keys: Pick<ContentKeys, 'destroy'>;
  readonly clock: Clock;
  readonly onFailure: (error: unknown) => void;
};

export type Discarding = {
  readonly attachmentId: AttachmentId;
  readonly ownerId: UserId;
  readonly by: UserId | null;
  readonly cause: DeleteAttachment['cause'];
  readonly context: CommandContext;
};

/** Never fails: what can't be done now is done by housekeeping later. Resolves true when all is gone. */
export type DiscardAttachment = (discarding: Discarding) => Promise<boolean>;

export const createDiscardAttachment = ({
  execute,
  states,
  blobs,
  keys,
  clock,
  onFailure,
}: DiscardPorts): DiscardAttachment => {
  const hide = ({ attachmentId, by, cause, context }: Discarding) =>
    execute({
      decider: attachmentDecider,
      states: states.attachments,
      stream: attachmentStream(attachmentId),
      prepare: () => Promise.resolve(right({ by, cause, at: clock.now() })),
      refuse: () => NOT_FOUND,
      context,
    });
  const onStorage = createStorageStep({ execute, states });
  const release = ({ attachmentId, ownerId, context }: Discarding) =>
    onStorage(ownerId, context, () => ({
      type: 'Release',
      data: { userId: ownerId, attachmentId, at: clock.now() },
    }));
  return async (discarding) => {
    const { attachmentId } = discarding;
    try {
      const hidden = await hide(discarding);
      // Never uploaded, or hidden before: the rest is to be done all the same.
      if (isLeft(hidden) && hidden.left.type !== 'NotFound') return false;
      await blobs.remove({ kind: 'attachments', id: attachmentId });
      await keys.destroy(attachmentScope(attachmentId));
      return !isLeft(await release(discarding));
    } catch (error) {
      onFailure(error);
      return false;
    }
  };
};
