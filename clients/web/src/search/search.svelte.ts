import { isLeft, right } from 'fp-ts/lib/Either.js';
import { type Message } from '../../../../application/contract/answers.ts';
import { type Api } from '../api/api.ts';
import { type Loadable, loading, settled } from '../api/loadable.ts';

/** One search at a time; null while nothing was asked for. */
export const createSearch = ({
  api,
  onAuthors,
}: {
  readonly api: Pick<Api, 'search'>;
  readonly onAuthors: (userIds: readonly string[]) => void;
}) => {
  let asked = $state.raw<{ readonly guildId: string; readonly query: string } | null>(null);
  let found = $state.raw<Loadable<readonly Message[]>>(loading());
  let latest = 0;

  const look = async (guildId: string, query: string) => {
    asked = { guildId, query };
    const mine = (latest += 1);
    found = loading();
    const answer = await api.search(guildId, query);
    if (mine !== latest) return;
    if (!isLeft(answer)) onAuthors(answer.right.messages.map(({ author_id }) => author_id));
    found = settled(isLeft(answer) ? answer : right(answer.right.messages), null);
  };

  return {
    get asked() {
      return asked;
    },
    get found() {
      return found;
    },
    look,
    again: () => {
      if (asked !== null) void look(asked.guildId, asked.query);
    },
    /** What was deleted since is found no more. */
    remove: (messageId: string) => {
      if (found.state !== 'ready') return;
      const left = found.value.filter(({ message_id }) => message_id !== messageId);
      if (left.length < found.value.length) found = { ...found, value: left };
    },
    clear: () => {
      latest += 1;
      asked = null;
    },
  };
};

export type Search = ReturnType<typeof createSearch>;
