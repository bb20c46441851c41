import type * as t from 'io-ts';
import { isRight } from 'fp-ts/lib/Either.js';
import { specFor } from '../shared/testing/spec-for.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { noon, pictureNo, userNo } from '../shared/testing/samples.ts';
import { isAboutText } from './about.ts';
import { account, bearsName, type AccountCommand } from './decider.ts';
import { type AccountEvent, type UsernameEvent } from './events.ts';
import { isPassword } from './password-rule.ts';
import { canonicalUsername, Username } from './username.ts';
import { usernameReservation, type UsernameCommand } from './username-decider.ts';

const ada = { userId: userNo(1), username: 'Ada' as Username, at: noon };
const register: AccountCommand = { type: 'RegisterAccount', data: ada };
const registered: AccountEvent = { type: 'AccountRegistered', data: ada };
const reserved = (n: number): UsernameEvent => ({
  type: 'UsernameReserved',
  data: { userId: userNo(n), at: noon },
});
const released = (n: number): UsernameEvent => ({ ...reserved(n), type: 'UsernameReleased' });

describe('an account', () => {
  const { given } = specFor(account);
  it('is registered once', () => {
    given().when(register).thenEmits(registered);
    given(registered).when(register).thenRejects({ type: 'AlreadyRegistered' });
  });
});

describe('a profile', () => {
  const { given } = specFor(account);
  const change = (data: { username?: string; aboutMarkdown?: string }) =>
    ({ type: 'UpdateProfile', data: { userId: userNo(1), at: noon, ...data } }) as AccountCommand;
  const changed = (data: { username?: string | null; aboutMarkdown?: string }): AccountEvent => ({
    type: 'ProfileUpdated',
    data: { userId: userNo(1), at: noon, ...data },
  });
  it('changes in what is new only', () => {
    given(registered)
      .when(change({ username: 'Ada', aboutMarkdown: 'hi' }))
      .thenEmits(changed({ aboutMarkdown: 'hi' }));
    given(registered, changed({ aboutMarkdown: 'hi' }))
      .when(change({ username: 'ada', aboutMarkdown: 'hi' }))
      .thenEmits(changed({ username: 'ada' }));
    given(registered)
      .when(change({ username: 'Ada', aboutMarkdown: '' }))
      .thenEmits();
  });
  it('is nobody’s before registration and after erasure', () => {
    given()
      .when(change({ username: 'Eve' }))
      .thenRejects({ type: 'NoSuchAccount' });
    given({ type: 'AccountRegistered', data: { ...ada, username: null } })
      .when(change({ username: 'Eve' }))
      .thenRejects({ type: 'NoSuchAccount' });
  });
  it('counts its pictures by the time, and never backwards', () => {
    const picture = (n: number, seconds: number) => ({
      userId: userNo(1),
      kind: 'avatar' as const,
      pictureId: pictureNo(n),
      mimeType: 'image/png',
      sizeBytes: 3 as t.Int,
      sha256Hex: 'ab',
      at: (noon + seconds * 1000) as Timestamp,
    });
    const change = (n: number, seconds: number): AccountCommand => ({
      type: 'ChangePicture',
      data: picture(n, seconds),
    });
    const changed = (n: number, seconds: number, version: number): AccountEvent => ({
      type: 'ProfilePictureChanged',
      data: { ...picture(n, seconds), version: (noon / 1000 + version) as t.Int },
    });
    given(registered)
      .when(change(1, 5))
      .thenEmits(changed(1, 5, 5));
    given(registered, changed(1, 5, 5))
      .when(change(2, 5))
      .thenEmits(changed(2, 5, 6));
    given(registered, changed(1, 5, 5))
      .when(change(2, 0))
      .thenEmits(changed(2, 0, 6));
    given(registered, changed(1, 5, 5))
      .when(change(2, 9))
      .thenEmits(changed(2, 9, 9));
    given().when(change(1, 5)).thenRejects({ type: 'NoSuchAccount' });
  });
  it('is not touched by a claim that lapses', () => {
    const lapse: AccountCommand = { type: 'LapseNameClaim', data: { userId: userNo(1), at: noon } };
    const lapsed: AccountEvent = { ...lapse, type: 'NameClaimLapsed' };
    given(registered).when(lapse).thenEmits(lapsed);
    given(lapsed).when(lapse).thenEmits(lapsed);
    given(registered, lapsed)
      .when(change({ username: 'Ada' }))
      .thenEmits();
  });
  it('bears the name it was last given, in any case', () => {
    const renamed = [registered, changed({ username: 'Countess' })].reduce(account.evolve, null);
    expect(bearsName(renamed, 'COUNTESS' as Username)).toBe(true);
    expect(bearsName(renamed, 'Ada' as Username)).toBe(false);
    expect(bearsName(null, 'Ada' as Username)).toBe(false);
  });
  it.each(['', 'x'.repeat(20), 'ü'.repeat(20), '🪴'.repeat(10)])('may say %j', (text) =>
    expect(isAboutText(text, 20)).toBe(true),
  );
  it.each(['x'.repeat(21), 'a\0b', '\ud800'])('may not say %j', (text) =>
    expect(isAboutText(text, 20)).toBe(false),
  );
});

describe('a name', () => {
  const { given } = specFor(usernameReservation);
  const reserve = (n: number, from?: number): UsernameCommand => ({
    type: 'ReserveUsername',
    data: { userId: userNo(n), at: noon, from: from === undefined ? undefined : userNo(from) },
  });
  const release = (n: number): UsernameCommand => ({
    type: 'ReleaseUsername',
    data: { userId: userNo(n), at: noon },
  });
  it('goes to the first who asks', () => given().when(reserve(1)).thenEmits(reserved(1)));
  it('stays with its holder', () =>
    given(reserved(1)).when(reserve(2)).thenRejects({ type: 'UsernameTaken' }));
  it('is claimed again by its holder, so that the attempt shows', () =>
    given(reserved(1)).when(reserve(1)).thenEmits(reserved(1)));
  it('is taken from one whose claim has lapsed, and from nobody else', () => {
    given(reserved(1)).when(reserve(2, 1)).thenEmits(reserved(2));
    given(reserved(3)).when(reserve(2, 1)).thenRejects({ type: 'UsernameTaken' });
  });
  it('is given back by its holder only', () => {
    given(reserved(1)).when(release(1)).thenEmits(released(1));
    given(reserved(1)).when(release(2)).thenEmits();
    given().when(release(1)).thenEmits();
  });
  it('is free again once released', () =>
    given(reserved(1), released(1)).when(reserve(2)).thenEmits(reserved(2)));
  it('is not released by another', () =>
    given(reserved(1), released(2)).when(reserve(2)).thenRejects({ type: 'UsernameTaken' }));

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
