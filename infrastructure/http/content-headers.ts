// Headers of a file that somebody uploaded: shown in place only where no browser could run anything of it.
import contentDisposition from 'content-disposition';
import parseRanges from 'range-parser';
import { isShownInline } from '../../domain/attachment/media-type.ts';
import { type ByteRange } from '../../application/blob/blob-store.ts';
import { type Attachment } from '../../application/contract/answers.ts';

/** What part of a file is asked for; `unsatisfiable` when it has none of it. */
export const rangeAsked = (
  { size_bytes: size, sha256_hex: sha256 }: Attachment,
  { range, ifRange }: { readonly range: string | null; readonly ifRange: string | null },
): ByteRange | 'whole' | 'unsatisfiable' => {
  if (range === null || (ifRange !== null && ifRange !== `"${sha256}"`)) return 'whole';
  const parsed = parseRanges(size, range);
  if (parsed === -1) return 'unsatisfiable';
  // One range only: many small ones cost a server more than they are worth, and a client must take the whole for an answer.
  const [only, ...more] = parsed === -2 ? [] : parsed;
  if (only === undefined || more.length > 0 || parsed === -2 || parsed.type !== 'bytes')
    return 'whole';
  return { start: only.start, end: only.end + 1 };
};

// Bytes beyond ASCII in a header are Latin-1 to some and broken UTF-8 to others; `filename*` says the name to all.
const inAscii = (name: string): string => name.replaceAll(/[^\x20-\x7e]/gu, '?');

/** The headers of a download, whole or in part. */
export const fileHeaders = (
  { filename, mime_type: mimeType, size_bytes: size, sha256_hex: sha256 }: Attachment,
  range: ByteRange | 'whole',
): Readonly<Record<string, string | number>> => ({
  'content-type': mimeType,
  'content-length': range === 'whole' ? size : range.end - range.start,
  ...(range !== 'whole' && { 'content-range': `bytes ${range.start}-${range.end - 1}/${size}` }),
  'accept-ranges': 'bytes',
  etag: `"${sha256}"`,
  'content-disposition': contentDisposition(filename, {
    type: isShownInline(mimeType) ? 'inline' : 'attachment',
    fallback: inAscii(filename),
  }),
  'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'private, no-store',
});
