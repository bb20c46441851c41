// How far the reader has got in each channel. The contract knows nothing of it, so it lives in this browser.
import * as t from 'io-ts';
import { SvelteMap } from 'svelte/reactivity';

const Marks = t.record(t.string, t.string); // Channel id → id of the last message read

const CHANNELS_MAX = 500;

type Unread = { readonly guildId: string; readonly count: number };

export const createReads = ({
  storage,
  userId,
}: {
  readonly storage: Pick<Storage, 'getItem' | 'setItem'>;
  readonly userId: string;
}) => {
  const item = `filament.reads.${userId}`;
  const unread = new SvelteMap<string, Unread>();

  const readAll = (): Record<string, string> => {
    try {
      const decoded = Marks.decode(JSON.parse(storage.getItem(item) ?? '{}'));
      return decoded._tag === 'Right' ? decoded.right : {};
    } catch {
      return {};
    }
  };
  // Read again before each write: another tab may have got further elsewhere.
  const lastRead = (channelId: string): string | null => readAll()[channelId] ?? null;
  const mark = (channelId: string, messageId: string) => {
    unread.delete(channelId);
    const { [channelId]: before, ...others } = readAll();
    if (before !== undefined && before >= messageId) return;
    const kept = Object.entries(others).slice(-(CHANNELS_MAX - 1));
    try {
      storage.setItem(
        item,
        JSON.stringify({ ...Object.fromEntries(kept), [channelId]: messageId }),
      );
    } catch {
      // A full storage costs unread marks after a reload, nothing else.
    }
  };

  return {
    lastRead,
    mark,
    countIn: (channelId: string): number => unread.get(channelId)?.count ?? 0,
    isGuildUnread: (guildId: string): boolean =>
      [...unread.values()].some((each) => each.guildId === guildId && each.count > 0),
    add: (guildId: string, channelId: string, amount = 1) =>
      unread.set(channelId, { guildId, count: (unread.get(channelId)?.count ?? 0) + amount }),
    set: (guildId: string, channelId: string, count: number) => {
      if (count > 0) unread.set(channelId, { guildId, count });
      else unread.delete(channelId);
    },
  };
};

export type Reads = ReturnType<typeof createReads>;
