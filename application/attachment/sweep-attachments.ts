import { isLeft } from 'fp-ts/lib/Either.js';
import { type AttachmentId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { type CommandContext } from '../event-store/event-store.ts';
import { type Execute } from '../execute.ts';
import { type Limits } from '../limits.ts';
import { type AttachmentReader, type Leftover } from './attachment-reader.ts';
import { type AttachmentStates } from './attachment-streams.ts';
import { type DiscardAttachment } from './discard-attachment.ts';
import { neverPosted, type NeverPostedPorts } from './never-posted.ts';
import { createStorageStep } from './storage-step.ts';

const PAGE = 100;

/** One round; resolves with how many were found and how many of those are gone now. */
export type SweepAttachments = (
  context: CommandContext,
) => Promise<{ readonly found: number; readonly gone: number }>;

/**
 * Finishes what a crash left half done, and removes what was uploaded and never used: quota, bytes and keys. A message
 * that claims an attachment at this very moment wins or loses as a whole, in the stream of its owner's storage.
 */
export const createSweepAttachments = ({
  reader,
  discard,
  execute,
  states,
  limits,
  ...ports
}: NeverPostedPorts & {
  readonly reader: Pick<AttachmentReader, 'leftovers'>;
  readonly discard: DiscardAttachment;
  readonly execute: Execute;
  readonly states: AttachmentStates;
  readonly limits: Pick<Limits, 'uploadTimeoutMs' | 'uploadGraceMs' | 'attachmentUnusedSecs'>;
}): SweepAttachments => {
  const onStorage = createStorageStep({ execute, states });
  const abandon = ({ attachmentId, userId }: Leftover, context: CommandContext) =>
    onStorage(userId, context, async (storage) => {
      const never = await neverPosted(ports, storage, [attachmentId]);
      const data = { userId, attachmentId, at: ports.clock.now(), neverPosted: never };
      return { type: 'Abandon', data };
    });

  const remove = async (leftover: Leftover, context: CommandContext): Promise<boolean> => {
    const { attachmentId, userId: ownerId, isDoomed } = leftover;
    if (!isDoomed && isLeft(await abandon(leftover, context))) return false; // Used after all.
    const cause = isDoomed ? 'message_deleted' : 'unused';
    return discard({ attachmentId, ownerId, by: null, cause, context });
  };

  return async (context) => {
    const now = ports.clock.now();
    // Beyond the end of an upload's time its last append may still be on its way.
    const uploadsBefore = (now - limits.uploadTimeoutMs - limits.uploadGraceMs) as Timestamp;
    const unusedBefore = (now - limits.attachmentUnusedSecs * 1000) as Timestamp;
    let [found, gone] = [0, 0];
    for (let after: AttachmentId | null = null; ;) {
      const page: readonly Leftover[] = await reader.leftovers({
        uploadsBefore,
        unusedBefore,
        after,
        limit: PAGE,
      });
      for (const leftover of page) if (await remove(leftover, context)) gone += 1;
      found += page.length;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return { found, gone };
      after = last.attachmentId;
    }
  };
};
