import { type ObjectStore } from '../object-store.ts';

/** Objects in memory; `kept` is what a test may look at and spoil. */
export const createMemoryObjects = () => {
  const kept = new Map<string, { bytes: Buffer; readonly writtenAt: number }>();
  const objects: ObjectStore = {
    put: async (name, source) => {
      const parts: Buffer[] = [];
      for await (const part of source) parts.push(Buffer.from(part));
      kept.set(name, { bytes: Buffer.concat(parts), writtenAt: Date.now() });
    },
    get: (name, { start, end }) => {
      const found = kept.get(name);
      if (found === undefined) return Promise.resolve(null);
      async function* chunks(bytes: Buffer) {
        await Promise.resolve();
        yield bytes.subarray(start, end);
      }
      return Promise.resolve({ totalBytes: found.bytes.length, chunks: chunks(found.bytes) });
    },
    remove: (name) => {
      kept.delete(name);
      return Promise.resolve();
    },
    list: async function* (kind) {
      await Promise.resolve();
      for (const [name, { writtenAt }] of kept)
        if (name.startsWith(`${kind}/`)) yield { name, writtenAt };
    },
    sweepUnfinished: () => Promise.resolve(0),
  };
  return { objects, kept };
};
