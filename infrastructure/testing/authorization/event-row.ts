// What a row of the matrix of events is made of: who does what, and every frame that then is heard, by whom, in which order.
import { type FrameName } from '../../documents/frame-notes.ts';

/** Sockets that listen while something happens, each named by whose it is. */
export const HEARERS = [
  'owner',
  'moderator',
  'member',
  'member again', // Another socket of the member
  'elsewhere', // A member who subscribed to the second channel only
  'blind', // A member whom the first channel's override denies create_message; subscribed to the second
  'idle', // A member who subscribed to nothing
  'victim', // A plain member
  'server owner', // No member, subscribed
  'banned', // Was subscribed until then; so were the next two
  'kicked',
  'gone', // Left
  'neighbour', // Subscribed in a guild of their own
  'stranger', // Of no guild
  'friend', // Of the member, and of no guild
] as const;
export type Hearer = (typeof HEARERS)[number] | 'opened'; // Opened by the act itself

export const PEOPLE = [
  ...HEARERS.filter((name) => name !== 'member again'),
  'newcomer', // Will join
  'spare', // A member who came from an address of their own
  'doomed', // Whose account one row erases
  'beacon', // Everybody's friend, whose news show that all news before them have come
] as const;
export type PersonName =
  Exclude<(typeof HEARERS)[number], 'member again'> | 'newcomer' | 'spare' | 'doomed' | 'beacon';

/** `{name}` in a path and `$name` in data stand for an id of the scene, `made_x` for the field `x` of an answer. */
export type Act =
  | {
      readonly by: PersonName;
      readonly asks: string; // Method and path
      readonly body?: unknown;
      readonly bytes?: string | Buffer;
    }
  | {
      readonly by: Hearer;
      readonly sends: 'subscribe' | 'message_create' | 'resume';
      readonly d: unknown;
    }
  | { readonly by: PersonName; readonly opens: 'a socket' | 'a socket that resumes' }
  | { readonly by: Hearer; readonly closes: 'the socket' }
  | { readonly runs: readonly string[] }; // A command of the operator

export type Told = {
  readonly t: FrameName;
  /** The whole of it. `$now` stands for a second during the act, `$any` for an id that no answer told, `$place` for any place in the log. */
  readonly d: unknown;
  readonly to: readonly Hearer[];
  readonly whenever?: true; // Its place among the others is not promised
};

export type EventRow = {
  readonly what: string;
  readonly before?: readonly Act[]; // What must have happened, of which nothing is looked at
  readonly acts: readonly Act[];
  /** Everything that anybody hears, in the order of each who hears it. */
  readonly told: readonly Told[];
};

/** Sockets subscribed to the first channel. */
export const CHANNEL_HEARERS: readonly Hearer[] = [
  'owner',
  'moderator',
  'member',
  'member again',
  'victim',
  'server owner',
];
/** Sockets subscribed to any channel of the guild. */
export const GUILD_HEARERS: readonly Hearer[] = [...CHANNEL_HEARERS, 'elsewhere', 'blind'];

export const but = (hearers: readonly Hearer[], ...without: readonly Hearer[]): readonly Hearer[] =>
  hearers.filter((hearer) => !without.includes(hearer));

export const GUILD = '/guilds/{guildId}';
export const CHANNEL = `${GUILD}/channels/{channelId}`;
export const IN_CHANNEL = { guild_id: '$guildId', channel_id: '$channelId' };

export const tokensOf = (text: string) => [
  { type: 'paragraph_start' },
  { type: 'text', text },
  { type: 'paragraph_end' },
];

/** The message that was made last, as every answer and frame shows it. */
export const madeMessage = (author: string, content: string, attachments: unknown[] = []) => ({
  message_id: '$made_message_id',
  ...IN_CHANNEL,
  author_id: `$${author}Id`,
  content,
  markdown_tokens: content === '' ? [] : tokensOf(content),
  attachments,
  reactions: [],
  created_at_unix: '$now',
});

export const posting = (by: PersonName, content = 'hello'): Act => ({
  by,
  asks: `POST ${CHANNEL}/messages`,
  body: { content },
});

export const presence = (
  whose: string,
  status: 'online' | 'offline',
  to: readonly Hearer[],
): Told => ({
  t: 'presence_update',
  d: { guild_id: '$guildId', user_id: `$${whose}Id`, status },
  to,
});
