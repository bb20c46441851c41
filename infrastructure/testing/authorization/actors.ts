// Everyone who may come to a guild's door, by name. What each of them may do stands in matrix.ts.
import { PERMISSION_NAMES, type PermissionName } from '../../../domain/permission/permissions.ts';

const STRANGERS = ['anonymous', 'malformed token', 'expired', 'revoked'] as const;
const PEOPLE = [
  'outsider', // Signed in, of another guild
  'banned',
  'member',
  'muted', // A member whom the channel's override denies create_message
  'moderator',
  'owner',
  'owner at a barred address',
  'server owner', // No member
] as const;

export type Holder = `holds ${PermissionName}`; // A member with a role of that one permission
export type Stranger = (typeof STRANGERS)[number];
export type SignedIn = (typeof PEOPLE)[number] | Holder;
export type Actor = Stranger | SignedIn;

const holder = (permission: PermissionName): Holder => `holds ${permission}`;

export const HOLDERS: readonly Holder[] = PERMISSION_NAMES.map(holder);
export const SIGNED_IN: readonly SignedIn[] = [...PEOPLE, ...HOLDERS];
export const ACTORS: readonly Actor[] = [...STRANGERS, ...SIGNED_IN];

export const isStranger = (actor: Actor): actor is Stranger =>
  STRANGERS.some((stranger) => stranger === actor);

/** Whoever is in the guild, wherever from; the server owner is as if. */
export const INSIDE: readonly SignedIn[] = SIGNED_IN.filter(
  (actor) => actor !== 'outsider' && actor !== 'banned',
);
/** Those who may see the channel. */
export const SEEING: readonly SignedIn[] = INSIDE.filter((actor) => actor !== 'muted');
export const OWNERS = ['owner', 'owner at a barred address', 'server owner'] as const;

/** Owners, those with a role of this permission, and whoever else has it. */
export const holding = (
  permission: PermissionName,
  ...others: readonly SignedIn[]
): readonly SignedIn[] => [...OWNERS, holder(permission), ...others];
