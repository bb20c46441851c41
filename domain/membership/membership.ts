import { type RoleId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';

/** One person's standing in one guild. */
export type Membership = {
  readonly standing: 'outside' | 'member' | 'banned';
  readonly roleIds: ReadonlySet<RoleId>; // Assigned ones; `@everyone` and `member` are implied
  readonly joinedAt: Timestamp | null;
  /** Kept whatever their standing, so that nobody gets rid of it by leaving and coming back. */
  readonly timedOutUntil: Timestamp | null;
};

/** Whether somebody may only look on at that time. */
export const isTimedOutAt = ({ timedOutUntil }: Membership, at: Timestamp): boolean =>
  timedOutUntil !== null && timedOutUntil > at;

/** Of everyone a guild never heard of. */
export const OUTSIDER: Membership = {
  standing: 'outside',
  roleIds: new Set(),
  joinedAt: null,
  timedOutUntil: null,
};
