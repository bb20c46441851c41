import { createHmac } from 'node:crypto';
import { type UsernameStream } from '../../application/account/accounts.ts';
import { subkey } from '../secrets/subkey.ts';

/** Names streams of user names by a keyed hash: without the master key nobody can test a name against the log. */
export const createUsernameStream = (masterKey: Buffer): UsernameStream => {
  const key = subkey(masterKey, 'username-streams');
  return (canonical) => `username-${createHmac('sha256', key).update(canonical).digest('hex')}`;
};
