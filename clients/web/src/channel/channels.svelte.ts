import { isLeft, right } from 'fp-ts/lib/Either.js';
import { SvelteMap } from 'svelte/reactivity';
import { type Channel } from '../../../../application/contract/answers.ts';
import { type Api } from '../api/api.ts';
import { type Answer } from '../api/http.ts';
import { type Loadable, loading, settled } from '../api/loadable.ts';

/** The channels of each guild visited so far. */
export const createChannels = ({
  api,
  freshKey,
}: {
  readonly api: Pick<Api, 'channels' | 'createChannel'>;
  readonly freshKey: () => string;
}) => {
  const lists = new SvelteMap<string, Loadable<readonly Channel[]>>();

  const load = async (guildId: string) => {
    const before = lists.get(guildId)?.value ?? null;
    lists.set(guildId, loading(before));
    const answer = await api.channels(guildId);
    lists.set(guildId, settled(isLeft(answer) ? answer : right(answer.right.channels), before));
  };
  const add = (guildId: string, channel: Channel) => {
    const known = lists.get(guildId)?.value;
    if (!known || known.some(({ channel_id }) => channel_id === channel.channel_id)) return;
    lists.set(guildId, { state: 'ready', value: [...known, channel] });
  };

  return {
    of: (guildId: string): Loadable<readonly Channel[]> => lists.get(guildId) ?? loading(),
    isKnown: (guildId: string) => lists.has(guildId),
    find: (guildId: string, channelId: string): Channel | null =>
      lists.get(guildId)?.value?.find(({ channel_id }) => channel_id === channelId) ?? null,
    load,
    add,
    create: async (
      guildId: string,
      channel: { readonly name: string; readonly kind: 'text' | 'voice' },
    ): Promise<Answer<Channel>> => {
      const answer = await api.createChannel(guildId, channel, freshKey());
      if (!isLeft(answer)) add(guildId, answer.right);
      return answer;
    },
  };
};

export type Channels = ReturnType<typeof createChannels>;
