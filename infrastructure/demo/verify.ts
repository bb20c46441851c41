// What must hold after the replay: every acknowledged message once and in order; search finds what grep finds.
import { type Message } from '../../application/contract/answers.ts';
import { type ChannelId, type GuildId, type MessageId } from '../../domain/shared/ids.ts';
import { type ApiClient } from '../api-client/api-client.ts';
import { type Acknowledged } from './replay.ts';

const PAGE = 100;
const SEARCH_LIMIT = 50;

type Reader = { readonly client: ApiClient; readonly token: string; readonly guildId: GuildId };

/** A channel's whole history, oldest first. */
export const wholeHistory = async (
  { client, token, guildId }: Reader,
  channelId: ChannelId,
): Promise<readonly Message[]> => {
  const newestFirst: Message[] = [];
  let before: MessageId | null = null;
  for (;;) {
    const page: { messages: readonly Message[]; next_before: MessageId | null } =
      await client.history(token, guildId, channelId, {
        limit: PAGE,
        before,
        minPosition: client.written(),
      });
    newestFirst.push(...page.messages);
    before = page.next_before;
    if (page.messages.length === 0 || before === null) return newestFirst.reverse();
  }
};

/** Differences between what was acknowledged and what history holds; empty when all is well. */
export const historyProblems = (
  acknowledged: readonly Acknowledged[],
  history: readonly Message[],
): readonly string[] => {
  const problems: string[] = [];
  if (history.length !== acknowledged.length) {
    problems.push(`${acknowledged.length} acknowledged, ${history.length} in history`);
  }
  for (const [index, { message, sent }] of acknowledged.entries()) {
    const found = history[index];
    if (found?.message_id !== message.message_id) {
      problems.push(
        `place ${index}: ${message.message_id} wanted, ${found?.message_id ?? 'nothing'} found`,
      );
      break;
    }
    if (found.content !== sent) problems.push(`${found.message_id}: its text changed`);
  }
  return problems;
};

const isPlain = (text: string) => /^[\x20-\x7e]*$/.test(text);

export type GrepIndex = {
  readonly byWord: ReadonlyMap<string, ReadonlySet<MessageId>>;
  /** Texts with other than plain ASCII, where folding of accents makes word boundaries a matter of taste. */
  readonly disputed: ReadonlySet<MessageId>;
};

/** Messages by word, as grep -iw would find them. */
export const grepIndex = (acknowledged: readonly Acknowledged[]): GrepIndex => {
  const byWord = new Map<string, Set<MessageId>>();
  const disputed = new Set<MessageId>();
  for (const { message, sent } of acknowledged) {
    if (!isPlain(sent)) disputed.add(message.message_id);
    for (const word of new Set(isPlain(sent) ? sent.toLowerCase().match(/[a-z0-9]+/g) : [])) {
      const ids = byWord.get(word) ?? new Set<MessageId>();
      byWord.set(word, ids.add(message.message_id));
    }
  }
  return { byWord, disputed };
};

/** Asks for each word: all hits when they fit one answer, and only true hits in any case. */
export const searchProblems = async (
  { client, token, guildId }: Reader,
  { byWord, disputed }: GrepIndex,
  words: readonly string[],
): Promise<readonly string[]> => {
  const problems: string[] = [];
  for (const word of words) {
    const wanted = byWord.get(word) ?? new Set<MessageId>();
    const { message_ids: found } = await client.search(token, guildId, word, SEARCH_LIMIT);
    const settled = found.filter((id) => !disputed.has(id));
    const wrong = settled.filter((id) => !wanted.has(id)).length;
    const room = SEARCH_LIMIT - (found.length - settled.length);
    const missing = Math.max(0, Math.min(wanted.size, room) - (settled.length - wrong));
    if (wrong > 0 || missing > 0) problems.push(`${word}: ${missing} missing, ${wrong} wrong`);
  }
  return problems;
};
