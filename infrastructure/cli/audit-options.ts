// How the words of `filament audit replay` are read; a word that means nothing ends the command with exit code 2.
import { InvalidArgumentError } from 'commander';
import { type Position } from '../../application/event-store/event-log.ts';
import { EVENT_KINDS } from '../../application/event-store/event-catalogue.ts';
import { ChannelId, GuildId, UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';

const idReader =
  <Id extends string>(what: string, codec: { readonly is: (value: unknown) => value is Id }) =>
  (text: string): Id => {
    const id = text.toUpperCase();
    if (!codec.is(id))
      throw new InvalidArgumentError(`Give the ${what} id, 26 letters and digits.`);
    return id;
  };

export const readGuild = idReader('guild', GuildId);
export const readChannel = idReader('channel', ChannelId);
export const readUser = idReader('user', UserId);

/** `system`, `operator`, or a user by id. */
export const readActor = (text: string): string => {
  if (text === 'system' || text === 'operator') return text;
  const id = text.replace(/^user:/, '').toUpperCase();
  if (!UserId.is(id)) throw new InvalidArgumentError('Give a user id, system or operator.');
  return `user:${id}`;
};

export const readType = (text: string): string => {
  const found = [...EVENT_KINDS.keys()].find((type) => type.toLowerCase() === text.toLowerCase());
  if (found === undefined)
    throw new InvalidArgumentError(`There are: ${[...EVENT_KINDS.keys()].sort().join(', ')}.`);
  return found;
};

export const readAction = (text: string): string => {
  if (!/^[a-z0-9._]{1,64}$/.test(text))
    throw new InvalidArgumentError(
      'Give an action or its beginning, for example member. or role.create.',
    );
  return text;
};

const POSITION = /^\d{1,20}$|^\d{40}$/;
const TIME = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/** ISO 8601; UTC unless it says otherwise. */
export const readTime = (text: string): Timestamp => {
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/.test(text.slice(10));
  const full = text.length === 10 || hasZone ? text : `${text}Z`;
  const at = TIME.test(text) ? Date.parse(full.replace(' ', 'T')) : Number.NaN;
  if (Number.isNaN(at) || at < 0)
    throw new InvalidArgumentError('Give a time like 2026-01-31 or 2026-01-31T18:30:00Z.');
  return at as Timestamp;
};

/** As the timeline prints them; zeros in front may be left out. */
export const readPosition = (text: string): Position => {
  if (!POSITION.test(text))
    throw new InvalidArgumentError('Give a position of the log, as the timeline prints them.');
  return text.padStart(20, '0') as Position;
};

export type GivenMoment = { readonly position: Position } | { readonly time: Timestamp };

/** Digits alone are a position; everything else is a time. */
export const readMoment = (text: string): GivenMoment =>
  POSITION.test(text) ? { position: readPosition(text) } : { time: readTime(text) };

export const readCorrelation = (text: string): string => {
  const id = text.toLowerCase();
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))
    throw new InvalidArgumentError('Give the UUID of a request.');
  return id;
};

export const readCount = (text: string): number => {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new InvalidArgumentError('Give a whole number from 1.');
  return count;
};
