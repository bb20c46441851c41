// Names of guilds and channels (base contract 5.1): not trimmed, so that what was sent is what is shown.
import * as t from 'io-ts';

/** Printable ASCII and space, so a name's length in bytes and in characters is the same. */
const NAME_PATTERN = /^[\x20-\x7e]{1,64}$/;

const nameOf = <Name extends string>(name: Name) =>
  new t.Type<string, string>(
    name,
    (value): value is string => typeof value === 'string' && NAME_PATTERN.test(value),
    (value, context) =>
      typeof value === 'string' && NAME_PATTERN.test(value)
        ? t.success(value)
        : t.failure(value, context),
    (value) => value,
  );

export const GuildName = nameOf('GuildName');
export const ChannelName = nameOf('ChannelName');
