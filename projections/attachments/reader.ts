import * as t from 'io-ts';
import {
  type AttachmentReader,
  type Leftover,
} from '../../application/attachment/attachment-reader.ts';
import { type Attachment } from '../../application/contract/answers.ts';
import { type Sealer } from '../../application/event-store/event-store.ts';
import { AttachmentId, MessageId, UserId } from '../../domain/shared/ids.ts';
import { type ReadModelQuery, type ReadStatement } from '../read-model.ts';
import { ATTACHMENT_COLUMNS, AttachmentRow, openAttachments } from './attachment-rows.ts';

const FIND: ReadStatement<AttachmentRow> = {
  name: 'attachments_find',
  sql: `SELECT ${ATTACHMENT_COLUMNS} FROM rm_attachments.attachments a
    WHERE a.attachment_id = $3 AND a.guild_id = $1 AND a.channel_id = $2`,
  row: AttachmentRow,
};

const UsedRow = t.intersection([AttachmentRow, t.type({ message_id: MessageId })]);
const OF_MESSAGES: ReadStatement<t.TypeOf<typeof UsedRow>> = {
  name: 'attachments_of_messages',
  sql: `SELECT ${ATTACHMENT_COLUMNS}, a.message_id FROM rm_attachments.attachments a
    WHERE a.message_id = ANY($1) ORDER BY a.uploaded_at, a.attachment_id`,
  row: UsedRow,
};

const LeftoverRow = t.type({ attachment_id: AttachmentId, user_id: UserId, is_doomed: t.boolean });
const LEFTOVERS: ReadStatement<t.TypeOf<typeof LeftoverRow>> = {
  name: 'attachments_leftovers',
  sql: `SELECT attachment_id, user_id, is_doomed FROM rm_attachments.reservations
    WHERE (is_doomed OR NOT is_used) AND attachment_id > $3
      AND (is_doomed OR reserved_at < $2 OR (NOT is_uploaded AND reserved_at < $1))
    ORDER BY attachment_id LIMIT $4`,
  row: LeftoverRow,
};

export const createAttachmentReader = ({
  query,
  sealer,
}: {
  readonly query: ReadModelQuery;
  readonly sealer: Sealer;
}): AttachmentReader => ({
  find: async ({ guildId, channelId, attachmentId }) => {
    const rows = await query(FIND, [guildId, channelId, attachmentId]);
    return (await openAttachments(sealer, rows)).get(attachmentId) ?? null;
  },
  ofMessages: async (messageIds) => {
    const rows = await query(OF_MESSAGES, [messageIds]);
    const opened = await openAttachments(sealer, rows);
    const byMessage = new Map<MessageId, Attachment[]>();
    for (const { attachment_id: id, message_id: messageId } of rows) {
      const attachment = opened.get(id);
      if (attachment === undefined) continue;
      const list = byMessage.get(messageId);
      if (list === undefined) byMessage.set(messageId, [attachment]);
      else list.push(attachment);
    }
    return byMessage;
  },
  leftovers: async ({ uploadsBefore, unusedBefore, after, limit }) => {
    const rows = await query(LEFTOVERS, [uploadsBefore, unusedBefore, after ?? '', limit]);
    return rows.map((row): Leftover => ({
      attachmentId: row.attachment_id,
      userId: row.user_id,
      isDoomed: row.is_doomed,
    }));
  },
});
