// Attachments: their commands, routes and the upkeep of what they left behind.
import { randomUUID } from 'node:crypto';
import { type GuildAccess } from '../../application/access/guild-access.ts';
import { type FoldedStreams } from '../../application/access/folded-streams.ts';
import { type AttachmentReader } from '../../application/attachment/attachment-reader.ts';
import { createAttachmentStates } from '../../application/attachment/attachment-streams.ts';
import { createAttachmentsOfMessages } from '../../application/attachment/claim-attachments.ts';
import { createDeleteAttachment } from '../../application/attachment/delete-attachment.ts';
import { createDiscardAttachment } from '../../application/attachment/discard-attachment.ts';
import { createReadAttachment } from '../../application/attachment/read-attachment.ts';
import { createSweepAttachments } from '../../application/attachment/sweep-attachments.ts';
import { createUploadAttachment } from '../../application/attachment/upload-attachment.ts';
import { type Execute } from '../../application/execute.ts';
import { type NewId } from '../../application/ports.ts';
import { type Message } from '../../domain/message/message.ts';
import { sniffType } from '../attachment/sniff-type.ts';
import { attachmentRoutes } from '../http/attachment-routes.ts';
import { createConcurrency } from '../http/concurrency.ts';
import { type Log } from '../logging/log.ts';
import { type ServerFoundation } from './foundation.ts';

type Parts = Pick<ServerFoundation, 'store' | 'blobs' | 'contentKeys' | 'clock'> & {
  readonly config: Pick<ServerFoundation['config'], 'limits'>;
};
type Wanted = {
  readonly execute: Execute;
  readonly access: GuildAccess;
  readonly messages: FoldedStreams<Message | null>;
  readonly reader: AttachmentReader;
  readonly newId: NewId;
  readonly log: Log;
};

export const createAttachmentSlice = (parts: Parts, wanted: Wanted) => {
  const { store, blobs, contentKeys: keys, clock } = parts;
  const { execute, access, messages, reader, newId, log } = wanted;
  const { limits } = parts.config;
  const states = createAttachmentStates(store);
  const discard = createDiscardAttachment({
    execute,
    states,
    blobs,
    keys,
    clock,
    onFailure: (err) => log.warn({ event: 'attachment.discard_failed', err }),
  });
  const ports = { execute, states, messages, access, reader, blobs, keys, discard, clock, limits };
  const sweepAttachments = createSweepAttachments(ports);
  return {
    discard,
    ofMessages: createAttachmentsOfMessages(ports),
    apply: states.apply,
    /** One round of upkeep. */
    sweep: async (): Promise<void> => {
      const unfinished = await blobs.sweepUnfinished(
        clock.now() - limits.uploadTimeoutMs - limits.uploadGraceMs,
      );
      const swept = await sweepAttachments({ actor: 'system', correlationId: randomUUID() });
      log.debug({ event: 'attachment.swept', unfinished, ...swept });
    },
    routes: attachmentRoutes({
      uploads: createConcurrency({
        perKeyMax: limits.uploadsPerUserMax,
        allMax: limits.uploadsMax,
      }),
      downloads: createConcurrency({ perKeyMax: limits.downloadsPerUserMax, allMax: Infinity }),
      uploadAttachment: createUploadAttachment({
        ...ports,
        store,
        sniff: sniffType,
        onNotPersisted: (reason) => log.warn({ event: 'attachments.persist_failed', reason }),
        newId,
      }),
      readAttachment: createReadAttachment(ports),
      deleteAttachment: createDeleteAttachment(ports),
    }),
  };
};
