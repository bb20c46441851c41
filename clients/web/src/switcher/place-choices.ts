import { type Visit } from '../app.svelte.ts';
import { text } from '../messages/en.ts';
import { channelRoute, guildRoute, type Route } from '../routing/route.ts';
import { type Choice } from './match.ts';

export type PlaceChoice = Choice & {
  readonly isChannel: boolean;
  readonly detail: string;
  readonly route: Route;
};

/** Where one can go from anywhere: every text channel that is known, then every guild. */
export const placeChoices = ({
  guilds,
  channels,
  reads,
}: Pick<Visit, 'guilds' | 'channels' | 'reads'>): readonly PlaceChoice[] => {
  const all = guilds.list.value ?? [];
  const inGuild = ({ guild_id: guildId, name: detail }: (typeof all)[number]) =>
    (channels.of(guildId).value ?? [])
      .filter(({ kind }) => kind === 'text')
      .map(({ channel_id: key, name }) => ({
        key,
        name,
        unread: reads.countIn(key) > 0,
        isChannel: true,
        detail,
        route: channelRoute(guildId, key),
      }));
  return [
    ...all.flatMap(inGuild),
    ...all.map(({ guild_id: key, name }) => ({
      key,
      name,
      unread: reads.isGuildUnread(key),
      isChannel: false,
      detail: text.switcher.guild,
      route: guildRoute(key),
    })),
  ];
};
