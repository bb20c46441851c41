import { type Visibility } from '../guild/events.ts';
import { type Membership } from '../membership/membership.ts';
import { type JoinOutcome } from './events.ts';

/**
 * What the directory answers (base contract 5.9). The order matters: a private guild says nothing else, not even to its
 * members, and a ban is told before membership.
 */
export const decideJoin = ({
  visibility,
  standing,
  addressBanned,
}: {
  readonly visibility: Visibility;
  readonly standing: Membership['standing'];
  readonly addressBanned: boolean;
}): JoinOutcome => {
  if (visibility !== 'public') return 'rejected_visibility';
  if (standing === 'banned') return 'rejected_user_ban';
  if (addressBanned) return 'rejected_ip_ban';
  return standing === 'member' ? 'already_member' : 'accepted';
};
