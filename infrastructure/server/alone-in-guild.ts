import pg from 'pg';
import { type AloneInGuild } from '../../application/membership/keep-an-owner.ts';
import { whileLocked } from '../postgres/advisory-lock.ts';
import { type Foundation } from './foundation.ts';

const LOCKS_OF_GUILDS = '7312';
const PATIENCE_MS = 3_000; // Well within the time of a request

/** One process at a time per guild. Guilds that share a hash wait for each other, which does no harm. */
export const createAloneInGuild =
  ({ pool }: Pick<Foundation, 'pool'>): AloneInGuild =>
  (guildId, work) => {
    const lock = `${LOCKS_OF_GUILDS}, hashtext(${pg.escapeLiteral(guildId)})`;
    return whileLocked(pool, { lock, patienceMs: PATIENCE_MS }, work);
  };
