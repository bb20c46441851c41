// The port of the store of bytes: attachments and profile pictures. What a blob means is said by the event that names it;
// a blob no event names is an orphan, and its kind's sweep removes it.
import { type TaskEither } from 'fp-ts/lib/TaskEither.js';

export const BLOB_KINDS = ['attachments', 'avatars', 'banners'] as const;
export type BlobKind = (typeof BLOB_KINDS)[number];

/** Written once and never changed: a new picture is a new blob. `id` is of letters, digits, `-` and `.` only. */
export type BlobName = { readonly kind: BlobKind; readonly id: string };

export type WrittenBlob = { readonly sizeBytes: number; readonly sha256Hex: string };

export type BlobWriteFailure =
  | { readonly type: 'TooLarge' } // More than `bytesMax`
  | { readonly type: 'Empty' }
  | { readonly type: 'SourceFailed' } // The sender broke off or was too slow
  | { readonly type: 'StoreUnavailable'; readonly reason: string }; // Full, away or refusing; nothing was kept

export type BlobReadFailure =
  | { readonly type: 'NoSuchBlob' }
  | { readonly type: 'Damaged' } // Truncated, altered, moved, or not of this key
  | { readonly type: 'StoreUnavailable'; readonly reason: string };

/** Bytes from `start` up to but not including `end`. */
export type ByteRange = { readonly start: number; readonly end: number };

export type StoredBlobInfo = { readonly name: BlobName; readonly writtenAt: number }; // Unix ms

export type BlobStore = {
  /**
   * Encrypts and stores a stream without holding it in memory; resolves when the bytes are durable under their name, so
   * that the event may follow. On failure nothing stands under the name.
   */
  readonly write: (blob: {
    readonly name: BlobName;
    readonly key: Buffer; // The data key of the item's own scope, 32 bytes
    readonly source: AsyncIterable<Uint8Array>;
    readonly bytesMax: number;
  }) => TaskEither<BlobWriteFailure, WrittenBlob>;
  /**
   * Opens a blob, or a range of it. The first bytes are checked before this resolves; damage found later ends the stream
   * with an error, so that no altered byte is ever given out. The stream holds resources: read it to its end or return it.
   */
  readonly read: (blob: {
    readonly name: BlobName;
    readonly key: Buffer;
    readonly sizeBytes: number; // As the event says, which is how a truncated blob is told
    readonly range?: ByteRange;
  }) => TaskEither<BlobReadFailure, AsyncIterable<Buffer>>;
  /** Removes the blob; also succeeds when there is none. Rejects when the store is away: try again later. */
  readonly remove: (name: BlobName) => Promise<void>;
  /** Every blob of a kind, in no order, for the sweep of orphans. */
  readonly list: (kind: BlobKind) => AsyncIterable<StoredBlobInfo>;
  /** Removes what writers that crashed before this time (Unix ms) left half done. */
  readonly sweepUnfinished: (before: number) => Promise<number>;
};
