/* eslint-disable svelte/prefer-svelte-reactivity -- Sets and maps here are replaced whole, or nobody watches them. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { SvelteMap } from 'svelte/reactivity';
import { type Api, MEMBER_PAGE } from '../api/api.ts';
import { type Loadable, loading } from '../api/loadable.ts';

/** Beyond this many the panel says so instead of loading on. */
export const MEMBERS_MAX = 2_000;

/** The ids of each guild's members. */
export const createMembers = ({
  api,
  onIds,
}: {
  readonly api: Pick<Api, 'members'>;
  readonly onIds: (userIds: readonly string[]) => void;
}) => {
  const lists = new SvelteMap<string, Loadable<readonly string[]>>();

  const load = async (guildId: string) => {
    const before = lists.get(guildId)?.value ?? null;
    lists.set(guildId, loading(before));
    const ids: string[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < MEMBERS_MAX / MEMBER_PAGE; page += 1) {
      const answer: Awaited<ReturnType<Api['members']>> = await api.members(guildId, cursor);
      if (isLeft(answer)) {
        lists.set(guildId, { state: 'failed', value: before, failure: answer.left });
        return;
      }
      const fresh = answer.right.members.map(({ user_id }) => user_id);
      ids.push(...fresh);
      onIds(fresh);
      cursor = answer.right.next_cursor;
      if (cursor === null) break;
    }
    lists.set(guildId, { state: 'ready', value: [...new Set(ids)] });
  };

  return {
    of: (guildId: string): Loadable<readonly string[]> => lists.get(guildId) ?? loading(),
    isKnown: (guildId: string) => lists.has(guildId),
    load,
    add: (guildId: string, userId: string) => {
      const list = lists.get(guildId);
      if (!list?.value || list.value.includes(userId)) return;
      lists.set(guildId, { ...list, value: [...list.value, userId] });
      onIds([userId]);
    },
    remove: (guildId: string, userId: string) => {
      const list = lists.get(guildId);
      if (!list?.value) return;
      lists.set(guildId, { ...list, value: list.value.filter((id) => id !== userId) });
    },
  };
};

export type Members = ReturnType<typeof createMembers>;
