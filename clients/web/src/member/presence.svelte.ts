/* eslint-disable svelte/prefer-svelte-reactivity -- Sets and maps here are replaced whole, or nobody watches them. */
import { SvelteMap } from 'svelte/reactivity';

const NOBODY: ReadonlySet<string> = new Set();

/** Who is online, per guild, as far as frames told. */
export const createPresence = () => {
  const online = new SvelteMap<string, ReadonlySet<string>>();
  return {
    onlineIn: (guildId: string): ReadonlySet<string> => online.get(guildId) ?? NOBODY,
    sync: (guildId: string, userIds: readonly string[]) => online.set(guildId, new Set(userIds)),
    update: (guildId: string, userId: string, isOnline: boolean) => {
      const next = new Set(online.get(guildId));
      if (isOnline) next.add(userId);
      else next.delete(userId);
      online.set(guildId, next);
    },
  };
};

export type Presence = ReturnType<typeof createPresence>;
