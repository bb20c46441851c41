/* eslint-disable svelte/prefer-svelte-reactivity -- Sets and maps here are replaced whole, or nobody watches them. */
// Names and pictures of people, fetched in batches as ids come up.
import { isLeft } from 'fp-ts/lib/Either.js';
import { SvelteMap } from 'svelte/reactivity';
import { type UserSummary } from '../../../../application/contract/answers.ts';
import { type Api, LOOKUP_USERS_MAX } from '../api/api.ts';

const BATCH_MS = 15;
const TRIES_MAX = 3;
const RETRY_MS = 2_000;

export const createPeople = ({ api }: { readonly api: Pick<Api, 'lookup'> }) => {
  const known = new SvelteMap<string, UserSummary>();
  const wanted = new Set<string>();
  const asked = new Map<string, number>(); // Tries per id; an id the server doesn't know is asked once
  let timer: ReturnType<typeof setTimeout> | undefined;

  const ask = async (ids: readonly string[]) => {
    for (const id of ids) asked.set(id, (asked.get(id) ?? 0) + 1);
    const answer = await api.lookup(ids);
    if (!isLeft(answer)) {
      for (const user of answer.right.users) known.set(user.user_id, user);
      return;
    }
    const again = ids.filter((id) => (asked.get(id) ?? 0) < TRIES_MAX);
    setTimeout(() => {
      for (const id of again) asked.delete(id);
      want(again);
    }, RETRY_MS);
  };
  const flush = () => {
    timer = undefined;
    const ids = [...wanted];
    wanted.clear();
    for (let at = 0; at < ids.length; at += LOOKUP_USERS_MAX)
      void ask(ids.slice(at, at + LOOKUP_USERS_MAX));
  };
  const want = (ids: Iterable<string>) => {
    for (const id of ids) if (!known.has(id) && !asked.has(id)) wanted.add(id);
    if (wanted.size > 0) timer ??= setTimeout(flush, BATCH_MS);
  };

  return {
    find: (userId: string): UserSummary | null => known.get(userId) ?? null,
    nameOf: (userId: string): string | null => known.get(userId)?.username ?? null,
    want,
    /** Of somebody whose account was erased. The server knows the id no more, so it isn't asked for again. */
    forget: (userId: string): void => void known.delete(userId),
  };
};

export type People = ReturnType<typeof createPeople>;
