import { isLeft, right } from 'fp-ts/lib/Either.js';
import { type Guild } from '../../../../application/contract/answers.ts';
import { type Api } from '../api/api.ts';
import { type Answer } from '../api/http.ts';
import { type Loadable, loading, settled } from '../api/loadable.ts';

/** The guilds of the signed-in person. */
export const createGuilds = ({
  api,
  freshKey,
}: {
  readonly api: Pick<Api, 'guilds' | 'createGuild' | 'joinGuild'>;
  readonly freshKey: () => string;
}) => {
  let list = $state.raw<Loadable<readonly Guild[]>>(loading());

  const load = async () => {
    const before = list.value;
    list = loading(before);
    const answer = await api.guilds();
    list = settled(isLeft(answer) ? answer : right(answer.right.guilds), before);
  };
  const add = (guild: Guild) => {
    const known = list.value ?? [];
    if (known.some(({ guild_id }) => guild_id === guild.guild_id)) return;
    list = { state: 'ready', value: [guild, ...known] };
  };

  return {
    get list() {
      return list;
    },
    find: (guildId: string): Guild | null =>
      list.value?.find(({ guild_id }) => guild_id === guildId) ?? null,
    load,
    create: async (name: string, visibility: 'private' | 'public'): Promise<Answer<Guild>> => {
      const answer = await api.createGuild({ name, visibility }, freshKey());
      if (!isLeft(answer)) add(answer.right);
      return answer;
    },
    join: async (guild: Guild): Promise<Answer<Guild>> => {
      const answer = await api.joinGuild(guild.guild_id);
      if (isLeft(answer)) return answer;
      add(guild);
      return right(guild);
    },
    rename: (guildId: string, fields: Partial<Pick<Guild, 'name' | 'visibility'>>) => {
      if (list.value === null) return;
      list = {
        ...list,
        value: list.value.map((guild) =>
          guild.guild_id === guildId ? { ...guild, ...fields } : guild,
        ),
      };
    },
    forget: (guildId: string) => {
      if (list.value === null) return;
      list = { ...list, value: list.value.filter(({ guild_id }) => guild_id !== guildId) };
    },
  };
};

export type Guilds = ReturnType<typeof createGuilds>;
