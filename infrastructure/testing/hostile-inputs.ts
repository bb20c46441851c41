// What a hostile client sends, as data: values, paths, bodies, headers; and every route to send them to.
import { type Route } from '../http/route.ts';
import { EVERY_ROUTE } from './every-route.ts';

type RouteShape = Pick<Route, 'method' | 'url' | 'takesBody'> & { readonly auth: boolean };

export const ROUTES: readonly RouteShape[] = EVERY_ROUTE.map(
  ({ method, url, takesBody, serve }) => ({
    method,
    url,
    takesBody,
    auth: serve.auth === 'bearer',
  }),
);

/** The path of a route with its parameters filled in. */
export const pathOf = (url: string, values: Readonly<Record<string, string>>): string =>
  url.replace(/:(\w+)/g, (_, name: string) => values[name] ?? '%F0%9F%91%8D');

export const paramsOf = (url: string): readonly string[] =>
  [...url.matchAll(/:(\w+)/g)].map(([, name]) => name!);

const DEEP = 10_000;
const BODY_BYTES_MAX = 1024 * 1024;

/** Path segments that are no id of anything. */
export const SEGMENTS: readonly string[] = [
  '%00',
  '%ff',
  '%ED%A0%80',
  '%',
  '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '..%5c..%5c',
  '__proto__',
  'constructor',
  "'%3b%20DROP%20TABLE%20log.events%3b--",
  '0',
  '-1',
  '9'.repeat(27),
  'x'.repeat(600),
  'Z'.repeat(26),
  '%F0%9F%92%A9'.repeat(30),
  '%E2%80%AE',
];

/** Path segments that are no reaction either, though almost any text is one. */
export const NO_EMOJI: readonly string[] = [
  '%00',
  '%ff',
  '%ED%A0%80',
  '%',
  '%20',
  'a%20b',
  '%E2%80%A8',
  'x'.repeat(33),
  'x'.repeat(600),
];

const LIMITS: readonly string[] = [
  '0',
  '-1',
  '201',
  '2147483648',
  '-2147483649',
  '9007199254740993',
  '18446744073709551616',
  '1e308',
  '-1e308',
  'NaN',
  'Infinity',
  '0x10',
  '1.5',
  "'1'",
  '1%00',
  '%31%20',
  '',
  '%D9%A3',
];

/** Query strings no list route takes. */
export const QUERIES: readonly string[] = [
  ...LIMITS.map((limit) => `limit=${limit}`),
  'limit=1&limit=2',
  'limit=x&__proto__[limit]=1',
];

/** Bodies that no route takes, whatever its keys. */
export const BODIES: readonly (string | Buffer)[] = [
  '',
  ' ',
  '{',
  'null',
  'true',
  '1e999',
  '"text"',
  '[]',
  '[["content"]]',
  '{"__proto__":{"content":"x"}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '{"content":"\\ud800","name":"\\ud800","username":"\\ud800","message":"\\ud800"}',
  '{"content":1,"name":1,"username":1,"password":1,"refresh_token":1,"message":1,"user_ids":1}',
  '{"content":{},"name":[],"username":null}',
  '{"content":"a","content":"b","name":"a","name":"b","username":"a","username":"b"}',
  '{"unknown key":1}',
  '{"name":"x","visibility":"everyone"}',
  '{"name":"x","kind":7}',
  '{"user_ids":[1e308,-1,9007199254740993]}',
  '{"content":"x","attachment_ids":"x"}',
  '['.repeat(DEEP) + ']'.repeat(DEEP),
  `{"content":${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}}`,
  Buffer.from([0xff, 0xfe, 0x7b, 0x00]),
  Buffer.from('{"content":"\xff"}', 'latin1'),
  `{"content":"${'x'.repeat(BODY_BYTES_MAX)}"}`,
  'x'.repeat(BODY_BYTES_MAX + 1),
];

export const CONTENT_TYPES: readonly string[] = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/jsonp',
  'application/json2',
  'x'.repeat(4000),
];

/** Headers that a request must not have with these values. */
export const HEADERS: readonly (readonly [string, string])[] = [
  ['idempotency-key', 'x'.repeat(129)],
  ['idempotency-key', 'two words'],
  ['idempotency-key', 'é'],
  ['authorization', 'Bearer '],
  ['authorization', `Bearer ${'v4.local.'.padEnd(9000, 'A')}`],
  ['authorization', 'Bearer v4.local.AAAA\u00ff'],
  ['authorization', 'Basic YWxpY2U6cGFzc3dvcmQ='],
  ['authorization', 'bearer x'],
];

/** Headers that change nothing about an answer, whatever they say. */
export const IDLE_HEADERS: readonly (readonly [string, string])[] = [
  ['x-request-id', 'x'.repeat(5000)],
  ['x-request-id', '{"level":"error"}'],
  ['x-forwarded-for', '1.2.3.4, '.repeat(200)],
  ['x-forwarded-for', '::ffff:999.1.1.1'],
  ['host', 'evil.test'],
  ['origin', 'null'],
  ['cookie', '__proto__=1'],
  ['accept', '\u00ff'],
];
