import { memberEntries } from './member-entries.ts';

describe('member entries', () => {
  const names: Readonly<Record<string, string>> = { a: 'zoe', b: 'Anna', c: 'mara', d: 'ben' };
  const nameOf = (id: string) => names[id] ?? id;

  it('puts who is online first and sorts by name', () => {
    const entries = memberEntries(['a', 'b', 'c', 'd'], new Set(['a', 'c']), nameOf);
    expect(entries.map((entry) => (entry.type === 'heading' ? entry.count : entry.name))).toEqual([
      2,
      'mara',
      'zoe',
      2,
      'Anna',
      'ben',
    ]);
  });

  it('leaves out empty parts', () => {
    expect(memberEntries([], new Set(), nameOf)).toEqual([]);
    expect(memberEntries(['a'], new Set(['a', 'stranger']), nameOf)).toHaveLength(2);
  });
});
