// Random but repeatable hostile input: the same seed gives the same requests and frames.
import { type Sent } from './hostile-client.ts';
import {
  BODIES,
  CONTENT_TYPES,
  HEADERS,
  IDLE_HEADERS,
  NO_EMOJI,
  pathOf,
  QUERIES,
  ROUTES,
  SEGMENTS,
} from './hostile-inputs.ts';

/** Numbers from 0 up to but not including the bound (mulberry32). */
export type Chance = (bound: number) => number;

export const createChance = (seed: number): Chance => {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * bound);
  };
};

const pick = <A>(chance: Chance, choices: readonly A[]): A => choices[chance(choices.length)]!;

const KEYS = [
  'content',
  'name',
  'visibility',
  'kind',
  'username',
  'password',
  'refresh_token',
  'user_ids',
  'attachment_ids',
  'captcha_token',
  'message',
  'guild_id',
  'channel_id',
  'nonce',
  '__proto__',
  'constructor',
  'toString',
  '',
  '\0',
  'v',
  't',
  'd',
  'then',
  'toJSON',
  'length',
];
const SCALARS: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  1.5,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53,
  1e308,
  '',
  ' ',
  'x',
  'public',
  'text',
  '\0',
  '\ud800',
  '\udfff\ud800',
  '\u202e',
  '\ufeff',
  '🙂'.repeat(500),
  'x'.repeat(2001),
  "'; DROP TABLE log.events;--",
  '%s%n',
  '${7*7}',
  '../../etc/passwd',
  '<script>',
  '[x](javascript:x)',
  '`'.repeat(500),
  '>'.repeat(500),
];
const DEPTH_MAX = 4;
const WIDTH = 4;

/** Any value that JSON can write, and a few that look as if it could not. */
const anyValue = (chance: Chance, depth = 0): unknown => {
  const kind = depth >= DEPTH_MAX ? 0 : chance(6);
  if (kind < 3) return pick(chance, SCALARS);
  const size = chance(WIDTH);
  if (kind === 3) return Array.from({ length: size }, () => anyValue(chance, depth + 1));
  return Object.fromEntries(
    Array.from({ length: size }, () => [pick(chance, KEYS), anyValue(chance, depth + 1)]),
  );
};

/** The same bytes with a few of them changed, removed, repeated or cut off. */
const damaged = (chance: Chance, text: string): Buffer => {
  let bytes = Buffer.from(text);
  for (let times = chance(4); times > 0 && bytes.length > 0; times -= 1) {
    const at = chance(bytes.length);
    const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
    const change = chance(4);
    if (change === 0) bytes = Buffer.concat([head, Buffer.from([chance(256)]), tail.subarray(1)]);
    else if (change === 1) bytes = Buffer.concat([head, tail.subarray(1)]);
    else if (change === 2) bytes = Buffer.concat([head, tail.subarray(0, 8), tail]);
    else bytes = head;
  }
  return bytes;
};

const OBJECT_KEYS_MAX = 4;
const plausible = (chance: Chance): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Array.from({ length: 1 + chance(OBJECT_KEYS_MAX) }, () => [
      pick(chance, KEYS),
      chance(2) === 0 ? pick(chance, SCALARS) : anyValue(chance),
    ]),
  );

const anyBody = (chance: Chance): string | Buffer => {
  const kind = chance(8);
  if (kind === 0)
    return pick(
      chance,
      BODIES.filter(({ length }) => length < 100_000),
    );
  if (kind === 1) return JSON.stringify(anyValue(chance));
  const text = JSON.stringify(plausible(chance));
  return kind < 5 ? text : damaged(chance, text);
};

/** A request to some route; `ids` fill the path where nothing hostile does. */
export const anyRequest = (
  chance: Chance,
  ids: Readonly<Record<string, string>>,
  tokens: readonly string[],
): Sent => {
  const { method, url, takesBody } = pick(chance, ROUTES);
  const hostile = chance(3) === 0 ? pick(chance, Object.keys(ids)) : null;
  const values: Record<string, string> = { ...ids, emoji: pick(chance, NO_EMOJI) };
  if (hostile !== null) values[hostile] = pick(chance, SEGMENTS);
  const query = chance(2) === 0 ? `?q=x&${pick(chance, QUERIES)}` : '';
  const headers: (readonly [string, string])[] = [
    ['content-type', chance(10) === 0 ? pick(chance, CONTENT_TYPES) : 'application/json'],
  ];
  if (chance(4) > 0) headers.push(['authorization', `Bearer ${pick(chance, tokens)}`]);
  if (chance(3) === 0) headers.push(pick(chance, [...HEADERS, ...IDLE_HEADERS]));
  const base = { method, path: `${pathOf(url, values)}${query}`, headers };
  return takesBody || (method !== 'GET' && chance(4) === 0)
    ? { ...base, body: anyBody(chance) }
    : base;
};

/** A frame for the gateway, now and then one that is nearly right. */
export const anyFrame = (chance: Chance, where: Readonly<Record<string, string>>): Buffer => {
  if (chance(5) === 0) return damaged(chance, JSON.stringify(anyValue(chance)));
  const data =
    chance(4) === 0 ? anyValue(chance) : { ...where, ...(chance(3) === 0 && plausible(chance)) };
  const envelope = {
    v: chance(8) === 0 ? pick(chance, SCALARS) : 1,
    t: chance(8) === 0 ? pick(chance, SCALARS) : pick(chance, ['subscribe', 'message_create']),
    d: data,
    ...(chance(10) === 0 && { [pick(chance, KEYS)]: pick(chance, SCALARS) }),
  };
  const text = JSON.stringify(envelope);
  return chance(6) === 0 ? damaged(chance, text) : Buffer.from(text);
};
