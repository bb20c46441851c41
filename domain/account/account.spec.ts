import { isRight } from 'fp-ts/lib/Either.js';
import { specFor } from '../shared/testing/spec-for.ts';
import { noon, userNo } from '../shared/testing/samples.ts';
import { account } from './decider.ts';
import { type AccountEvent, type UsernameEvent } from './events.ts';
import { isPassword } from './password-rule.ts';
import { canonicalUsername, Username } from './username.ts';
import { usernameReservation } from './username-decider.ts';

const ada = { userId: userNo(1), username: 'Ada' as Username, at: noon };
const registered: AccountEvent = { type: 'AccountRegistered', data: ada };
const reserved = (n: number): UsernameEvent => ({
  type: 'UsernameReserved',
  data: { userId: userNo(n), at: noon },
});
const released = (n: number): UsernameEvent => ({ ...reserved(n), type: 'UsernameReleased' });

describe('an account', () => {
  const { given } = specFor(account);
  it('is registered once', () => {
    given().when(ada).thenEmits(registered);
    given(registered).when(ada).thenRejects({ type: 'AlreadyRegistered' });
  });
});

describe('a name', () => {
  const { given } = specFor(usernameReservation);
  const reserve = (n: number) => ({ userId: userNo(n), at: noon });
  it('goes to the first who asks', () => given().when(reserve(1)).thenEmits(reserved(1)));
  it('stays with its holder', () => given(reserved(1)).when(reserve(2)).thenEmits());
  it('is free again once released', () =>
    given(reserved(1), released(1)).when(reserve(2)).thenEmits(reserved(2)));
  it('is not released by another', () =>
    given(reserved(1), released(2)).when(reserve(2)).thenEmits());

  it.each(['abc', 'A_b.9', 'x'.repeat(32)])('may be %s', (name) => {
    expect(isRight(Username.decode(name))).toBe(true);
  });
  it.each(['', 'ab', 'x'.repeat(33), 'a b', 'äbc', 'abc\n', 'abc\0', 'а́bc', null, 3])(
    'may not be %j',
    (name) => {
      expect(isRight(Username.decode(name))).toBe(false);
    },
  );
  it('is the same whatever its case', () => {
    expect(canonicalUsername('AlIcE' as Username)).toBe(canonicalUsername('alice' as Username));
  });
});

describe('a password', () => {
  it.each(['x'.repeat(12), 'x'.repeat(128), 'ü'.repeat(6), '😀'.repeat(32), '\0'.repeat(12)])(
    'may be %j',
    (password) => expect(isPassword(password)).toBe(true),
  );
  it.each(['', 'x'.repeat(11), 'x'.repeat(129), 'ü'.repeat(65), '😀'.repeat(33)])(
    'may not be %j',
    (password) => expect(isPassword(password)).toBe(false),
  );
});
