import { type AttachmentId, type MessageId } from '../../domain/shared/ids.ts';
import { itemOf, type Storage } from '../../domain/storage/storage.ts';
import { type FoldedStreams } from '../access/folded-streams.ts';
import { messageStream } from '../message/message-streams.ts';
import { type Clock } from '../ports.ts';

// Far beyond the time a request may take: nobody is still posting a message that claimed its attachments so long ago.
const AT_WORK_MS = 60_000;

export type NeverPostedPorts = {
  readonly messages: Pick<FoldedStreams<unknown>, 'get'>;
  readonly clock: Clock;
};

/** Those messages that claimed these attachments and never came, because the server died in between. */
export const neverPosted = async (
  { messages, clock }: NeverPostedPorts,
  storage: Storage,
  attachmentIds: readonly AttachmentId[],
): Promise<ReadonlySet<MessageId>> => {
  const missing = new Set<MessageId>();
  for (const id of attachmentIds) {
    const binding = itemOf(storage, id)?.binding ?? null;
    if (binding === null || clock.now() - binding.at < AT_WORK_MS) continue;
    const { revision } = await messages.get(messageStream(binding.messageId));
    if (revision < 0) missing.add(binding.messageId);
  }
  return missing;
};
