import { isLeft, right } from 'fp-ts/lib/Either.js';
import { type Guild } from '../../../../application/contract/answers.ts';
import { type Api } from '../api/api.ts';
import { type Loadable, loading, settled } from '../api/loadable.ts';

/** Public guilds that match what is typed; an answer overtaken by a later one is dropped. */
export const createDiscovery = ({ api }: { readonly api: Pick<Api, 'publicGuilds'> }) => {
  let found = $state.raw<Loadable<readonly Guild[]>>(loading());
  let query = $state('');
  let latest = 0;
  return {
    get found() {
      return found;
    },
    get query() {
      return query;
    },
    look: async (typed: string) => {
      query = typed;
      const mine = (latest += 1);
      const before = found.value;
      found = loading(before);
      const answer = await api.publicGuilds(typed.trim());
      if (mine === latest)
        found = settled(isLeft(answer) ? answer : right(answer.right.guilds), before);
    },
  };
};

export type Discovery = ReturnType<typeof createDiscovery>;
