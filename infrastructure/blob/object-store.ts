// What a place for bytes must do; encryption, caps and hashes are laid over it by the sealed blob store.

/** A few kilobytes to 64 KiB each, as they come. */
export type Chunks = AsyncIterable<Buffer>;

export type StoredObject = { readonly name: string; readonly writtenAt: number };

/** Names are `kind/id`, checked by whoever calls. Every function rejects when the place is full or away. */
export type ObjectStore = {
  /** Durable under its name when it resolves; a source that throws leaves nothing under the name and rejects with it. */
  readonly put: (name: string, source: Chunks) => Promise<void>;
  /**
   * Part of an object, from `start` up to `end` or the object's own end, and how long the whole is; null when there is
   * none. The stream holds resources: read it to its end or return it.
   */
  readonly get: (
    name: string,
    range: { readonly start: number; readonly end: number },
  ) => Promise<{ readonly totalBytes: number; readonly chunks: Chunks } | null>;
  readonly remove: (name: string) => Promise<void>;
  readonly list: (kind: string) => AsyncIterable<StoredObject>;
  readonly sweepUnfinished: (before: number) => Promise<number>;
};
