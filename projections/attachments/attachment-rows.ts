// Rows of attachments as readers find them, and how they become answers: names and hashes are opened here.
import * as t from 'io-ts';
import { type Attachment } from '../../application/contract/answers.ts';
import { type SealedField, type Sealer } from '../../application/event-store/event-store.ts';
import { AttachmentId, ChannelId, GuildId, UserId } from '../../domain/shared/ids.ts';

export const AttachmentRow = t.type({
  attachment_id: AttachmentId,
  guild_id: GuildId,
  channel_id: ChannelId,
  owner_id: UserId,
  filename_box: t.union([t.string, t.null]),
  sha256_box: t.union([t.string, t.null]),
  mime_type: t.string,
  size_bytes: t.Int,
  event_id: t.string,
  event_version: t.Int,
});
export type AttachmentRow = t.TypeOf<typeof AttachmentRow>;

/** What a reader selects for an AttachmentRow, from `a`. */
export const ATTACHMENT_COLUMNS = `a.attachment_id, a.guild_id, a.channel_id, a.owner_id, a.filename_box,
  a.sha256_box, a.mime_type, a.size_bytes::float8 AS size_bytes, a.event_id, a.event_version`;

const fieldsOf = (row: AttachmentRow): readonly SealedField[] => {
  const { filename_box: filename, sha256_box: sha256 } = row;
  if (filename === null || sha256 === null) return [];
  const of = {
    eventId: row.event_id,
    eventType: 'AttachmentUploaded',
    eventVersion: row.event_version,
    scope: `attachment:${row.attachment_id}`,
  };
  return [
    { ...of, path: 'filename', box: filename },
    { ...of, path: 'sha256Hex', box: sha256 },
  ];
};

/** The answers of those rows whose key is still there, by id. */
export const openAttachments = async (
  sealer: Sealer,
  rows: readonly AttachmentRow[],
): Promise<ReadonlyMap<AttachmentId, Attachment>> => {
  const whole = rows.filter((row) => fieldsOf(row).length > 0);
  const texts = await sealer.open(whole.flatMap(fieldsOf));
  const opened = new Map<AttachmentId, Attachment>();
  for (const [i, row] of whole.entries()) {
    const filename = texts[2 * i] ?? null;
    const sha256 = texts[2 * i + 1] ?? null;
    if (filename === null || sha256 === null) continue; // Erased.
    opened.set(row.attachment_id, {
      attachment_id: row.attachment_id,
      guild_id: row.guild_id,
      channel_id: row.channel_id,
      owner_id: row.owner_id,
      filename,
      mime_type: row.mime_type,
      size_bytes: row.size_bytes,
      sha256_hex: sha256,
    });
  }
  return opened;
};
