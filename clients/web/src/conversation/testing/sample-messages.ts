import { Message } from '../../../../../application/contract/answers.ts';
import { idAt } from '../probe.ts';

const GUILD = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const CHANNEL = '01BX5ZZKBKACTAV9WEVGEMMVRZ';
export const ANN = '01BX5ZZKBKACTAV9WEVGEMMVS0';
export const BEN = '01BX5ZZKBKACTAV9WEVGEMMVS1';
/** Sunday, 22 November 2026, noon UTC, in milliseconds. */
export const NOON = Date.UTC(2026, 10, 22, 12);

type Changes = { readonly author?: string; readonly at?: number; readonly content?: string };

/** Message number `n`, one minute after the one before unless said otherwise. */
export const message = (n: number, changes: Changes = {}): Message => {
  const at = changes.at ?? NOON + n * 60_000;
  const content = changes.content ?? `message ${n}`;
  const decoded = Message.decode({
    message_id: idAt(NOON + n),
    guild_id: GUILD,
    channel_id: CHANNEL,
    author_id: changes.author ?? ANN,
    content,
    markdown_tokens: [{ type: 'text', text: content }],
    attachments: [],
    reactions: [],
    created_at_unix: Math.floor(at / 1000),
  });
  if (decoded._tag === 'Left') throw new Error('The sample is no message of the contract.');
  return decoded.right;
};

/** Messages `from` up to and including `to`, newest first, as the server answers. */
export const page = (from: number, to: number): readonly Message[] =>
  Array.from({ length: to - from + 1 }, (_, at) => message(to - at));
