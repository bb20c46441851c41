import { formatRoute, parseRoute, type Route } from './route.ts';

const GUILD = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const CHANNEL = '01BX5ZZKBKACTAV9WEVGEMMVRZ';
const MESSAGE = '01BX5ZZKBKACTAV9WEVGEMMVS0';

describe('routes', () => {
  const routes: readonly Route[] = [
    { page: 'home' },
    { page: 'discover' },
    { page: 'guild', guildId: GUILD, channelId: null, messageId: null },
    { page: 'guild', guildId: GUILD, channelId: CHANNEL, messageId: null },
    { page: 'guild', guildId: GUILD, channelId: CHANNEL, messageId: MESSAGE },
  ];

  it.each(routes)('reads back what it wrote: $page', (route) => {
    expect(parseRoute(formatRoute(route))).toEqual(route);
  });

  it.each(['', '#', '#/g/', '#/g/short', `#/g/${GUILD}x`, '#/g/../../x', '#//evil.test'])(
    'leads home from %p',
    (fragment) => {
      expect(parseRoute(fragment)).toEqual({ page: 'home' });
    },
  );
});
