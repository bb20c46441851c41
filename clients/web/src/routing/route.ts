// Addresses live in the fragment (#/g/…): paths such as /guilds belong to the API of the same origin.

export type Route =
  | { readonly page: 'home' }
  | { readonly page: 'discover' }
  | {
      readonly page: 'guild';
      readonly guildId: string;
      readonly channelId: string | null;
      readonly messageId: string | null;
    };

const ID = '[0-7][0-9A-HJKMNP-TV-Z]{25}';
const GUILD = new RegExp(`^/g/(${ID})(?:/c/(${ID})(?:/m/(${ID}))?)?/?$`);

/** Reads a fragment such as `#/g/<guild>/c/<channel>/m/<message>`; anything else is home. */
export const parseRoute = (fragment: string): Route => {
  const path = fragment.replace(/^#/, '');
  if (/^\/discover\/?$/.test(path)) return { page: 'discover' };
  const match = GUILD.exec(path);
  const guildId = match?.[1];
  if (guildId === undefined) return { page: 'home' };
  return {
    page: 'guild',
    guildId,
    channelId: match?.[2] ?? null,
    messageId: match?.[3] ?? null,
  };
};

/** The fragment of a route: the inverse of `parseRoute`. */
export const formatRoute = (route: Route): string => {
  if (route.page === 'home') return '#/';
  if (route.page === 'discover') return '#/discover';
  const channel = route.channelId === null ? '' : `/c/${route.channelId}`;
  const message = route.messageId === null ? '' : `/m/${route.messageId}`;
  return `#/g/${route.guildId}${channel}${message}`;
};

export const guildRoute = (guildId: string): Route => ({
  page: 'guild',
  guildId,
  channelId: null,
  messageId: null,
});

export const channelRoute = (guildId: string, channelId: string): Route => ({
  page: 'guild',
  guildId,
  channelId,
  messageId: null,
});
