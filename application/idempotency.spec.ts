import * as t from 'io-ts';
import { noon, userNo } from '../domain/shared/testing/samples.ts';
import { readResult, reserve } from './idempotency.ts';

const request = {
  by: userNo(1),
  operation: 'post_message',
  key: 'k',
  content: ['a', 'b'],
  result: { id: '1' },
  at: noon,
  idempotencySecs: 60,
};
const hashes = (changes: Partial<typeof request>) => {
  const reserved = reserve({ ...request, ...changes })!;
  return [reserved.keyHash.toString('hex'), reserved.fingerprint.toString('hex')];
};

describe('an idempotency reservation', () => {
  const [keyHash, fingerprint] = hashes({});

  it('is none without a key', () => expect(reserve({ ...request, key: null })).toBeUndefined());
  it('is for one person, operation and key', () => {
    for (const other of [{ by: userNo(2) }, { operation: 'x' }, { key: 'K' }])
      expect(hashes(other)[0]).not.toBe(keyHash);
    expect(hashes({ content: ['x'] })[0]).toBe(keyHash);
  });
  it('tells contents apart, also where they meet', () => {
    expect(hashes({ content: ['ab', ''] })[1]).not.toBe(fingerprint);
    expect(hashes({ content: ['a', 'b'] })[1]).toBe(fingerprint);
  });
  it('expires', () => expect(reserve(request)?.expiresAt).toBe(noon + 60_000));
  it('gives its result back, and throws for what it never wrote', () => {
    const Result = t.strict({ id: t.string });
    expect(readResult(Result, reserve(request)!.result)).toEqual({ id: '1' });
    expect(() => readResult(Result, '{"id":1}')).toThrow('another shape');
  });
});
