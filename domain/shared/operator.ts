import { type UserId } from './ids.ts';

/**
 * Stands where an event names who did it and an operator of the installation did: no account ever has this id, since ids
 * begin with the time they were made at.
 */
export const OPERATOR_ID = '00000000000000000000000000' as UserId;
