import * as fc from 'fast-check';
import { isMessageContent } from './content.ts';
import { isReactionEmoji } from './emoji.ts';

describe('message content', () => {
  it.each(['a', ' ', 'a'.repeat(2000), 'é'.repeat(2000), '🙂'.repeat(1000)])('takes %#', (text) =>
    expect(isMessageContent(text, 2000)).toBe(true),
  );
  it.each(['', 'a'.repeat(2001), '🙂'.repeat(1001), 'a\0b', '\ud83d', 'a\udc00'])(
    'refuses %#',
    (text) => expect(isMessageContent(text, 2000)).toBe(false),
  );
  it('takes whatever passes the count of bytes or the count of units', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), (text) => {
        fc.pre(!text.includes('\0'));
        const bytes = Buffer.byteLength(text);
        expect(isMessageContent(text, 20)).toBe(bytes <= 20 || text.length <= 20);
      }),
    );
  });
});

describe('reactions', () => {
  it.each(['👍', 'a', '👩‍👩‍👧‍👧', '🙂'.repeat(32), ':party:', '__proto__'])('take %j', (text) =>
    expect(isReactionEmoji(text)).toBe(true),
  );
  it.each(['', '🙂'.repeat(33), 'a'.repeat(33), 'a b', '\u0085', '\u3000', 'a\0', '\ud83d'])(
    'refuse %j',
    (text) => expect(isReactionEmoji(text)).toBe(false),
  );
});
