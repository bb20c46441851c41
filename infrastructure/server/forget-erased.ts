// What this process remembers of what another one erased: dropped when the log tells of it, before anybody is told.
import { type Recorded } from '../../application/event-store/event-store.ts';
import { type MessageContents } from '../../application/message/message-contents.ts';
import { type DataKeys } from '../vault/data-keys.ts';
import { type Batch } from './pipeline.ts';

const isDecoded = (event: Batch[number]): event is Recorded => event.type !== 'Undecodable';

/**
 * Makes what follows the log for that. A deletion comes before its key goes, so what is read in between may be remembered
 * again; the receipt comes after all keys are gone.
 */
export const createForgetErased =
  ({
    dataKeys,
    contents,
  }: {
    readonly dataKeys: Pick<DataKeys, 'forget' | 'forgetAll'>;
    readonly contents: Pick<MessageContents, 'forgetAll'>;
  }) =>
  (batch: Batch): void => {
    for (const { type, data } of batch.filter(isDecoded))
      if (type === 'MessageDeleted') dataKeys.forget(`message:${data.messageId}`);
      // Once when it is out of sight, and once when its key is gone: who began to read in between knows it again.
      else if (type === 'AttachmentDeleted' || type === 'StorageReleased')
        dataKeys.forget(`attachment:${data.attachmentId}`);
      else if (type === 'AccountErased') dataKeys.forget(`account:${data.userId}`);
      else if (type === 'ErasureReceipted') {
        dataKeys.forgetAll();
        contents.forgetAll();
      }
  };
