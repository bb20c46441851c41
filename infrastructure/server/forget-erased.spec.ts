import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import { type Recorded } from '../../application/event-store/event-store.ts';
import {
  attachmentNo,
  channelNo,
  guildNo,
  messageNo,
  noon,
  userNo,
} from '../../domain/shared/testing/samples.ts';
import { createForgetErased } from './forget-erased.ts';

const recorded = (event: DomainEvent): Recorded => ({ ...event, meta: {} as Recorded['meta'] });

it('forgets the key of what another process deleted, once out of sight and once its key is gone', () => {
  const forgotten: string[] = [];
  const forget = createForgetErased({
    dataKeys: { forget: (scope) => forgotten.push(scope), forgetAll: () => forgotten.push('all') },
    contents: { forgetAll: () => forgotten.push('texts') },
  });
  const place = { guildId: guildNo(1), channelId: channelNo(1), by: userNo(1), at: noon };
  const [attachmentId, userId] = [attachmentNo(1), userNo(1)];
  forget(
    [
      { type: 'MessageDeleted' as const, data: { ...place, messageId: messageNo(1) } },
      {
        type: 'AttachmentDeleted' as const,
        data: { attachmentId, ownerId: userId, by: userId, cause: 'request' as const, at: noon },
      },
      { type: 'StorageReleased' as const, data: { attachmentId, userId, at: noon } },
    ].map((event) => recorded(event as DomainEvent)),
  );
  expect(forgotten).toEqual([
    `message:${messageNo(1)}`,
    `attachment:${attachmentId}`,
    `attachment:${attachmentId}`,
  ]);
});
