import { checkCredentials } from './credentials.ts';

const check = (username: string, password: string, isNew = true) =>
  checkCredentials({ username, password }, isNew);

describe('credentials', () => {
  it('accepts what the server accepts, at both limits', () => {
    expect(check('abc', 'x'.repeat(12))).toBeNull();
    expect(check('a'.repeat(32), 'x'.repeat(128))).toBeNull();
  });

  it('names what is wrong with a new account', () => {
    expect(check('', 'x'.repeat(12))).toBe('missing');
    expect(check('ab', 'x'.repeat(12))).toBe('username');
    expect(check('a'.repeat(33), 'x'.repeat(12))).toBe('username');
    expect(check('zoë', 'x'.repeat(12))).toBe('username');
    expect(check('abc', 'x'.repeat(11))).toBe('short');
    expect(check('abc', 'ü'.repeat(65))).toBe('long');
  });

  it('lets any name and password try to sign in', () => {
    expect(check('x', 'y', false)).toBeNull();
  });
});
