import fc from 'fast-check';
import { createIngressWindow } from './ingress-window.ts';
import { decodeIngress } from './ingress.ts';
import { channelId, guildId } from './testing/samples.ts';

const FRAME_BYTES_MAX = 65_536;
const where = { guild_id: guildId(1), channel_id: channelId(1) };

const decode = (frame: string | Uint8Array) => {
  const outcome = decodeIngress({
    bytes: typeof frame === 'string' ? Buffer.from(frame) : frame,
    window: createIngressWindow({ eventsMax: 1, windowMs: 1_000 }),
    now: 0,
    frameBytesMax: FRAME_BYTES_MAX,
  });
  return outcome.type === 'refused' ? outcome.reason : outcome;
};
const frame = (t: unknown, d: unknown, more: object = {}) =>
  JSON.stringify({ v: 1, t, d, ...more });
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('an inbound frame', () => {
  it('is a command when all is well', () => {
    expect(decode(frame('subscribe', where))).toEqual({ type: 'subscribe', data: where });
    const draft = { ...where, content: 'hi', nonce: '~!', attachment_ids: ['a'] };
    expect(decode(frame('message_create', draft))).toEqual({ type: 'message_create', data: draft });
    expect(decode(frame('message_create', { ...where, content: '', nonce: null }))).toEqual({
      type: 'message_create',
      data: { ...where, content: '' },
    });
  });

  it.each([
    ['not JSON', '{'],
    ['nothing', ''],
    ['a number', '1'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a byte order mark', `\u{feff}${frame('subscribe', where)}`],
    ['an extra key', frame('subscribe', where, { s: 1 })],
    ['version 2', frame('subscribe', where, { v: 2 })],
    ['version 1 as text', frame('subscribe', where, { v: '1' })],
    ['no version', JSON.stringify({ t: 'subscribe', d: where })],
    ['no d', JSON.stringify({ v: 1, t: 'subscribe' })],
    ['no t', JSON.stringify({ v: 1, d: where })],
    ['t as a number', frame(1, where)],
    ['an empty t', frame('', where)],
    ['an upper-case t', frame('Subscribe', where)],
    ['t of 65 characters', frame('a'.repeat(65), where)],
    ['t with a line break', frame('subscribe\n', where)],
    ['a prototype', `{"v":1,"t":"subscribe","d":{},"__proto__":{}}`],
    ['a constructor', `{"v":1,"t":"subscribe","d":{},"constructor":{}}`],
    ['deep JSON in the envelope', nested(32_000)],
  ])('with %s has no envelope', (_, text) => {
    expect(decode(text)).toBe('invalid_envelope');
  });

  it.each([
    ['invalid UTF-8', [0xff, 0xfe]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a NUL', [0]],
  ])('of %s has no envelope', (_, bytes) => {
    expect(decode(Uint8Array.from(bytes))).toBe('invalid_envelope');
  });

  it.each(['ping', 'a'.repeat(64), 'constructor', '__proto__', 'message.create'])(
    'of type %s is unknown',
    (type) => {
      expect(decode(frame(type, {}))).toBe('unknown_event');
    },
  );

  it.each([
    ['null', null],
    ['a list', []],
    ['no channel', { guild_id: guildId(1) }],
    ['an extra key', { ...where, since: 1 }],
    ['a lower-case id', { ...where, guild_id: guildId(1).toLowerCase() }],
    ['a NUL in an id', { ...where, channel_id: `${channelId(1).slice(1)}\0` }],
    ['an id as a number', { ...where, channel_id: 1 }],
  ])('to subscribe with %s is refused', (_, d) => {
    expect(decode(frame('subscribe', d))).toBe('invalid_subscribe_payload');
  });

  it.each([
    ['a prototype', `{"__proto__":{},"guild_id":"${guildId(1)}","channel_id":"${channelId(1)}"}`],
    ['a method name', `{"toString":1,"guild_id":"${guildId(1)}","channel_id":"${channelId(1)}"}`],
    ['deep JSON', nested(30_000)],
  ])('to subscribe with %s is refused', (_, d) => {
    expect(decode(`{"v":1,"t":"subscribe","d":${d}}`)).toBe('invalid_subscribe_payload');
  });

  it.each([
    ['no content', where],
    ['content as a number', { ...where, content: 1 }],
    ['an extra key', { ...where, content: '', reply: 'x' }],
    ['an empty nonce', { ...where, content: '', nonce: '' }],
    ['a nonce of 129', { ...where, content: '', nonce: 'n'.repeat(129) }],
    ['a nonce with a space', { ...where, content: '', nonce: 'a b' }],
    ['65 attachments', { ...where, content: '', attachment_ids: Array(65).fill('a') }],
    ['attachments as text', { ...where, content: '', attachment_ids: 'a' }],
  ])('to create a message with %s is refused', (_, d) => {
    expect(decode(frame('message_create', d))).toBe('invalid_message_create_payload');
  });

  it('may have 65,536 bytes and not one more', () => {
    const room = FRAME_BYTES_MAX - frame('message_create', { ...where, content: '' }).length;
    const exact = frame('message_create', { ...where, content: 'x'.repeat(room) });
    const over = frame('message_create', { ...where, content: 'x'.repeat(room + 1) });
    expect(decode(exact)).toHaveProperty('type', 'message_create');
    expect(decode(over)).toBe('event_too_large');
  });

  it('is checked for size, then rate, then envelope', () => {
    const window = createIngressWindow({ eventsMax: 1, windowMs: 1_000 });
    const reason = (bytes: Uint8Array) =>
      decodeIngress({ bytes, window, now: 0, frameBytesMax: 10 });
    expect(reason(Buffer.alloc(11))).toHaveProperty('reason', 'event_too_large');
    expect(reason(Buffer.from('{'))).toHaveProperty('reason', 'invalid_envelope');
    expect(reason(Buffer.from('{'))).toHaveProperty('reason', 'ingress_rate_limited');
    expect(reason(Buffer.alloc(11))).toHaveProperty('reason', 'event_too_large');
  });

  it('never throws, whatever it holds', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => new Uint8Array(Buffer.from(text))),
      fc
        .record({
          v: fc.constantFrom(1, 2, '1'),
          t: fc.constantFrom('subscribe', 'message_create', 'x'),
          d: fc.jsonValue(),
        })
        .map((value) => new Uint8Array(Buffer.from(JSON.stringify(value)))),
    );
    fc.assert(fc.property(bytes, (given) => expect(() => decode(given)).not.toThrow()));
  });
});
