import { VaultAway } from '../vault/data-keys.ts';
import { isPassing } from './failure-answer.ts';

const withCode = (code: string) => Object.assign(new Error('said by the database'), { code });

describe('an error', () => {
  it.each([
    withCode('57P01'),
    withCode('08006'),
    withCode('ECONNREFUSED'),
    new Error('Connection terminated unexpectedly'),
    new Error('Connection terminated due to connection timeout'),
    new Error('Client has encountered a connection error and is not queryable'),
    new Error('Client was closed and is not queryable'),
    new VaultAway('The vault is away.', { cause: withCode('57P02') }),
  ])('passes by itself: %p', (error) => {
    expect(isPassing(error)).toBe(true);
  });

  it.each([
    withCode('23505'),
    new Error('Client has already been connected. You cannot reuse a client.'),
    new VaultAway('The vault is away.', { cause: new TypeError('a bug') }),
    'no error at all',
    undefined,
  ])('is a bug: %p', (error) => {
    expect(isPassing(error)).toBe(false);
  });

  it('that causes itself is looked at only so often', () => {
    const error: Error & { cause?: unknown } = new Error('again');
    error.cause = error;
    expect(isPassing(error)).toBe(false);
  });
});
