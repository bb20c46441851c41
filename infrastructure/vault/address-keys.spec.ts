import { createAddressKeys } from './address-keys.ts';

const keysOf = createAddressKeys({ masterKey: Buffer.alloc(32, 1) });

describe('the keys of addresses', () => {
  it.each([
    ['203.0.113.7', '::ffff:203.0.113.7'],
    ['203.0.113.7', '::ffff:cb00:7107'],
    ['2001:db8::1', '2001:0DB8:0:0:0:0:0:1'],
  ])('are the same for %s and %s', (one, other) => {
    expect(keysOf(one)).not.toBeNull();
    expect(keysOf(other)).toEqual(keysOf(one));
  });

  it('tell addresses apart, and networks of IPv6', () => {
    const here = keysOf('2001:db8:1:2::1');
    const besides = keysOf('2001:db8:1:2:ffff:ffff:ffff:ffff');
    const elsewhere = keysOf('2001:db8:1:3::1');
    expect(besides?.address).not.toBe(here?.address);
    expect(besides?.network).toBe(here?.network);
    expect(elsewhere?.network).not.toBe(here?.network);
    expect(keysOf('203.0.113.7')?.network).toBeNull();
    expect(keysOf('203.0.113.8')).not.toEqual(keysOf('203.0.113.7'));
  });

  it('keep an address and a network of the same bytes apart', () => {
    const all = ['0.0.0.1', '::1', '::', '1::'].flatMap((address) => {
      const keys = keysOf(address);
      return [keys?.address, keys?.network ?? null];
    });
    // `::1` and `::` share their network; nothing else is shared.
    expect(new Set(all.filter((key) => key !== null)).size).toBe(6);
  });

  it('need the master key', () => {
    const others = createAddressKeys({ masterKey: Buffer.alloc(32, 2) });
    expect(others('203.0.113.7')?.address).not.toBe(keysOf('203.0.113.7')?.address);
    expect(keysOf('203.0.113.7')?.address).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(['', 'localhost', '203.0.113.256', '203.0.113.7:80', '2001:db8::/64', 'unknown'])(
    'are none for %j',
    (text) => expect(keysOf(text)).toBeNull(),
  );
});
