import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type CommandContext } from '../event-store/event-store.ts';
import { type Blocklist } from './blocklist.ts';
import { type RecordHit } from './hit-record.ts';

/**
 * Whether somebody comes from an address that a guild bars; asked before any permission, of owners too (base contract
 * 5.10). `false` at once, without a promise, where the guild has no bans: this stands on the hottest paths. What it stops
 * is recorded, within bounds.
 */
export type GuardAddress = (visit: {
  readonly guildId: GuildId;
  readonly userId: UserId;
  readonly address: string | null;
  readonly context: CommandContext;
}) => false | Promise<boolean>;

export const createGuardAddress =
  ({
    blocklist,
    recordHit,
  }: {
    readonly blocklist: Pick<Blocklist, 'barring'>;
    readonly recordHit: RecordHit;
  }): GuardAddress =>
  ({ guildId, userId, address, context }) => {
    const found = blocklist.barring(guildId, address);
    if (found === null) return false;
    return found.then(async (banId) => {
      if (banId === null) return false;
      await recordHit({ guildId, banId, userId, context });
      return true;
    });
  };
