import { isReason } from './reason.ts';

describe('a reason', () => {
  it.each(['a', 'a'.repeat(240), 'é'.repeat(120), '🪴'.repeat(60), ' loud ', 'a\nb'])(
    'may be %j',
    (text) => expect(isReason(text)).toBe(true),
  );
  it.each(['', '  \t', 'a'.repeat(241), 'é'.repeat(121), '🪴'.repeat(61), 'a\0b', '\ud800'])(
    'may not be %j',
    (text) => expect(isReason(text)).toBe(false),
  );
});
