import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { isStorableText } from '../../domain/shared/text.ts';
import { type Guild } from '../contract/answers.ts';
import { INVALID, type Failure } from '../failure.ts';
import { type GuildReader } from './guild-reader.ts';

const QUERY_BYTES_MAX = 64;
const LIMIT_MAX = 50;
const LIMIT_DEFAULT = 20;

export type ListPublicGuilds = (request: {
  readonly q: string | undefined;
  readonly limit: number | undefined;
}) => Promise<Either<Failure, { readonly guilds: readonly Guild[] }>>;

/** The public directory, for anyone who is signed in. */
export const createListPublicGuilds =
  ({ guilds }: { readonly guilds: GuildReader }): ListPublicGuilds =>
  async ({ q = '', limit = LIMIT_DEFAULT }) => {
    const trimmed = q.trim();
    if (Buffer.byteLength(trimmed) > QUERY_BYTES_MAX || !isStorableText(trimmed))
      return left(INVALID);
    if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) return left(INVALID);
    return right({ guilds: await guilds.publicGuilds({ q: trimmed, limit }) });
  };
