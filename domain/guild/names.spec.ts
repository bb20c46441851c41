import { isRight } from 'fp-ts/lib/Either.js';
import { ChannelName, GuildName } from './names.ts';

const passes = (value: unknown) =>
  [GuildName, ChannelName].map((codec) => isRight(codec.decode(value)));

describe('names of guilds and channels', () => {
  it.each(['a', 'a'.repeat(64), ' ', '~ Lounge ~'])('take %j', (name) =>
    expect(passes(name)).toEqual([true, true]),
  );
  it.each(['', 'a'.repeat(65), 'é', 'a\n', 'a\0', '\u007f', '\ud800', null, 7, ['a']])(
    'refuse %j',
    (name) => expect(passes(name)).toEqual([false, false]),
  );
});
