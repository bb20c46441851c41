// An account for each nickname, through the same routes as anyone's.
import { type GuildId } from '../../domain/shared/ids.ts';
import { type ApiClient } from '../api-client/api-client.ts';
import { usernamesFor } from './irc-log.ts';

const AT_ONCE = 8;

/** Runs a job for each item, a few at a time, in order of starting. */
export const forEachBounded = async <A>(
  items: readonly A[],
  atOnce: number,
  job: (item: A) => Promise<void>,
): Promise<void> => {
  const waiting = items[Symbol.iterator]();
  const worker = async () => {
    for (const item of waiting) await job(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
};

/** Registers, signs in and joins everyone; the access tokens by nickname. */
export const signUpEveryone = async (
  client: ApiClient,
  guildId: GuildId,
  nicks: readonly string[],
  password: string,
): Promise<ReadonlyMap<string, string>> => {
  const tokens = new Map<string, string>();
  await forEachBounded([...usernamesFor(nicks)], AT_ONCE, async ([nick, username]) => {
    await client.register(username, password);
    const { access_token: token } = await client.login(username, password);
    await client.joinGuild(token, guildId);
    tokens.set(nick, token);
  });
  return tokens;
};
