export type MemberEntry =
  | {
      readonly type: 'heading';
      readonly key: string;
      readonly online: boolean;
      readonly count: number;
    }
  | {
      readonly type: 'member';
      readonly key: string;
      readonly userId: string;
      readonly name: string;
      readonly online: boolean;
    };

const byName = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });

/** The members panel as one flat list: those online first, each part by name, empty parts left out. */
export const memberEntries = (
  userIds: readonly string[],
  online: ReadonlySet<string>,
  nameOf: (userId: string) => string,
): readonly MemberEntry[] => {
  const part = (isOnline: boolean): readonly MemberEntry[] => {
    const members = userIds
      .filter((userId) => online.has(userId) === isOnline)
      .map((userId) => ({
        type: 'member' as const,
        key: userId,
        userId,
        name: nameOf(userId),
        online: isOnline,
      }))
      .toSorted((a, b) => byName.compare(a.name, b.name) || (a.key < b.key ? -1 : 1));
    if (members.length === 0) return [];
    const key = isOnline ? 'online' : 'offline';
    return [{ type: 'heading', key, online: isOnline, count: members.length }, ...members];
  };
  return [...part(true), ...part(false)];
};
