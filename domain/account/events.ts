import * as t from 'io-ts';
import { eventKind, type EventOf } from '../shared/event-kind.ts';
import { PictureId, UserId } from '../shared/ids.ts';
import { Sealed } from '../shared/sealed.ts';
import { Timestamp } from '../shared/timestamp.ts';

const accountScope = ({ userId }: { readonly userId: UserId }) => `account:${userId}`;

export const AccountRegistered = eventKind(
  'AccountRegistered',
  1,
  t.strict({ userId: UserId, username: Sealed, at: Timestamp }),
  { username: accountScope },
);

// A field that did not change is absent.
export const ProfileUpdated = eventKind(
  'ProfileUpdated',
  1,
  t.exact(
    t.intersection([
      t.type({ userId: UserId, at: Timestamp }),
      t.partial({ username: Sealed, aboutMarkdown: Sealed }),
    ]),
  ),
  { username: accountScope, aboutMarkdown: accountScope },
);

export const PictureKind = t.union([t.literal('avatar'), t.literal('banner')]);
export type PictureKind = t.TypeOf<typeof PictureKind>;

/** The bytes are a blob of their own, under a key of their own (`picture:<id>`): a new picture is a new blob. */
export const ProfilePictureChanged = eventKind(
  'ProfilePictureChanged',
  1,
  t.strict({
    userId: UserId,
    kind: PictureKind,
    pictureId: PictureId,
    version: t.Int,
    mimeType: t.string,
    sizeBytes: t.Int,
    sha256Hex: Sealed, // By it a known picture could be recognised
    at: Timestamp,
  }),
  { sha256Hex: accountScope },
);

/**
 * Somebody else takes a name that this account reserved but does not bear (a change of name or a registration that died
 * half-way). It changes nothing of the account; by being in its stream it stops a change that is still under way.
 */
export const NameClaimLapsed = eventKind(
  'NameClaimLapsed',
  1,
  t.strict({ userId: UserId, at: Timestamp }),
);

/**
 * The person's data is to be gone: everything sealed for them and all that they wrote. What follows from it is told by
 * events of its own, and what was destroyed by the receipt (ErasureReceipted).
 */
export const AccountErased = eventKind(
  'AccountErased',
  1,
  t.strict({ userId: UserId, at: Timestamp }),
);

// The stream is named after a keyed hash of the canonical name, so the events need not repeat the name.
export const UsernameReserved = eventKind(
  'UsernameReserved',
  1,
  t.strict({ userId: UserId, at: Timestamp }),
);
export const UsernameReleased = eventKind(
  'UsernameReleased',
  1,
  t.strict({ userId: UserId, at: Timestamp }),
);

export const ACCOUNT_EVENTS = [
  AccountRegistered,
  ProfileUpdated,
  ProfilePictureChanged,
  NameClaimLapsed,
  AccountErased,
] as const;
export const USERNAME_EVENTS = [UsernameReserved, UsernameReleased] as const;
export type AccountEvent = EventOf<(typeof ACCOUNT_EVENTS)[number]>;
export type UsernameEvent = EventOf<(typeof USERNAME_EVENTS)[number]>;
