import { createClientAddress, limiterKey } from './client-address.ts';

describe('the client address', () => {
  const direct = createClientAddress({ trustedProxies: [] });
  const behind = createClientAddress({ trustedProxies: ['10.0.0.0/8', 'fd00::/8', '192.0.2.7'] });

  it('is the peer when no proxy is trusted, whatever the headers say', () => {
    expect(direct('203.0.113.9', '198.51.100.1')).toBe('203.0.113.9');
  });

  it('is unknown when the peer is', () => {
    expect(direct(undefined, '198.51.100.1')).toBeNull();
    expect(behind(undefined, '198.51.100.1')).toBeNull();
  });

  it('folds IPv4-mapped IPv6', () => {
    expect(direct('::ffff:203.0.113.9', undefined)).toBe('203.0.113.9');
    expect(behind('::ffff:10.0.0.1', '::ffff:203.0.113.9')).toBe('203.0.113.9');
  });

  it('is the right-most hop that is not trusted', () => {
    expect(behind('10.0.0.1', '1.1.1.1, 203.0.113.9, 10.2.3.4')).toBe('203.0.113.9');
    expect(behind('192.0.2.7', '203.0.113.9')).toBe('203.0.113.9');
    expect(behind('fd00::1', '2001:db8::5')).toBe('2001:db8::5');
  });

  it('knows trusted ranges of IPv4 in IPv6 form', () => {
    const mapped = createClientAddress({ trustedProxies: ['::ffff:10.0.0.0/104'] });
    expect(mapped('10.0.0.1', '1.1.1.1, 203.0.113.9')).toBe('203.0.113.9');
    expect(mapped('11.0.0.1', '203.0.113.9')).toBe('11.0.0.1');
  });

  it('does not believe an untrusted peer', () => {
    expect(behind('203.0.113.1', '1.1.1.1')).toBe('203.0.113.1');
  });

  it('is the left-most when all hops are trusted', () => {
    expect(behind('10.0.0.1', '10.0.0.3, 10.0.0.2')).toBe('10.0.0.3');
  });

  it('stops at an entry that is no address', () => {
    expect(behind('10.0.0.1', '1.1.1.1, nonsense')).toBe('10.0.0.1');
    expect(behind('10.0.0.1', '1.1.1.1, nonsense, 10.0.0.2')).toBe('10.0.0.2');
    expect(behind('10.0.0.1', `1.1.1.1, ${'1'.repeat(65)}`)).toBe('10.0.0.1');
    expect(behind('10.0.0.1', '')).toBe('10.0.0.1');
  });

  it('ignores a chain past the bound', () => {
    expect(behind('10.0.0.1', '1.1.1.1'.padEnd(513, ' '))).toBe('10.0.0.1');
    expect(behind('10.0.0.1', '1.1.1.1'.padEnd(512, ' '))).toBe('1.1.1.1');
  });
});

describe('the limiter key', () => {
  it('counts an IPv6 /64 as one, IPv4 addresses each, and the unknown together', () => {
    expect(limiterKey('2001:db8::1')).toBe(limiterKey('2001:db8::ffff:1'));
    expect(limiterKey('2001:db8:0:1::1')).not.toBe(limiterKey('2001:db8::1'));
    expect(limiterKey('203.0.113.9')).toBe('ip:203.0.113.9');
    expect(limiterKey(null)).toBe('ip:0.0.0.0');
  });
});
