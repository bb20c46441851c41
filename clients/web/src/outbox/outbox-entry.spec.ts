import { matchingEntry } from './matching.ts';
import { createOutboxStore, type OutboxEntry, OUTBOX_ENTRIES_MAX } from './outbox-entry.ts';

const entry = (key: string, createdAt: number, content = key): OutboxEntry => ({
  key,
  guildId: 'g',
  channelId: 'c',
  content,
  createdAt,
  problem: null,
});

const memory = () => {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
    key: (at: number) => [...items.keys()][at] ?? null,
    get length() {
      return items.size;
    },
  };
};

describe('outbox store', () => {
  it('gives back what was left behind, oldest first, each person their own', () => {
    const storage = memory();
    const mine = createOutboxStore(storage, 'me');
    mine.write(entry('b', 2));
    mine.write(entry('a', 1));
    createOutboxStore(storage, 'somebody').write(entry('c', 3));
    expect(mine.all().map(({ key }) => key)).toEqual(['a', 'b']);
    mine.remove('a');
    expect(mine.all().map(({ key }) => key)).toEqual(['b']);
  });

  it('skips what it can not read, and takes a bounded number', () => {
    const storage = memory();
    storage.setItem('filament.outbox.me.x', '{"key":1}');
    storage.setItem('filament.outbox.me.y', 'not json');
    const mine = createOutboxStore(storage, 'me');
    for (let at = 0; at < OUTBOX_ENTRIES_MAX + 1; at += 1) mine.write(entry(`k${at}`, at));
    expect(mine.all()).toHaveLength(OUTBOX_ENTRIES_MAX);
  });

  it('survives a full storage', () => {
    const full = {
      ...memory(),
      length: 0,
      setItem: () => {
        throw new Error('QuotaExceededError');
      },
    };
    expect(() => createOutboxStore(full, 'me').write(entry('a', 1))).not.toThrow();
  });
});

describe('matching a broadcast', () => {
  const message = { channel_id: 'c', author_id: 'me', content: 'same' } as Parameters<
    typeof matchingEntry
  >[0];

  it('takes the oldest entry in flight with the same text', () => {
    const inFlight = [entry('a', 1, 'other'), entry('b', 2, 'same'), entry('d', 3, 'same')];
    expect(matchingEntry(message, inFlight, 'me')?.key).toBe('b');
  });

  it('never takes somebody else’s message for one’s own', () => {
    expect(matchingEntry(message, [entry('b', 2, 'same')], 'you')).toBeNull();
  });
});
