import { type RoleId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';

/** One person's standing in one guild. */
export type Membership = {
  readonly standing: 'outside' | 'member' | 'banned';
  readonly roleIds: ReadonlySet<RoleId>; // Assigned ones; `@everyone` and `member` are implied
  readonly joinedAt: Timestamp | null;
};

/** Of everyone a guild never heard of. */
export const OUTSIDER: Membership = { standing: 'outside', roleIds: new Set(), joinedAt: null };
