import { isLeft, right, type Either } from 'fp-ts/lib/Either.js';
import { ipBanDecider } from '../../domain/ip-ban/decider.ts';
import { type GuildId, type IpBanId } from '../../domain/shared/ids.ts';
import { type Asking, type GuildCommandPorts } from '../command-ports.ts';
import { NOT_FOUND, type Failure } from '../failure.ts';
import { reserve } from '../idempotency.ts';
import { type Done } from '../ports.ts';
import { type AddressVault } from './address-vault.ts';
import { ipBanStream, type Blocklist } from './blocklist.ts';

export type LiftIpBan = (
  request: Asking & { readonly guildId: GuildId; readonly banId: IpBanId },
) => Promise<Either<Failure, Done<{ readonly accepted: true }>>>;

/** Lifts one ban, for those who manage them. */
export const createLiftIpBan =
  ({
    execute,
    access,
    clock,
    limits,
    blocklist,
    vault,
  }: GuildCommandPorts & {
    readonly blocklist: Blocklist;
    readonly vault: AddressVault;
  }): LiftIpBan =>
  async ({ by, guildId, banId, idempotencyKey, context }) => {
    const at = clock.now();
    const lifted = await execute({
      decider: ipBanDecider,
      states: blocklist.states,
      stream: ipBanStream(guildId),
      prepare: async () => {
        const allowed = await access.requireInGuild(by, guildId, 'manage_ip_bans');
        if (isLeft(allowed)) return allowed;
        return right({ type: 'LiftIpBan' as const, data: { guildId, banId, by, at } });
      },
      refuse: () => NOT_FOUND,
      context,
      vaultOf: () => [vault.liftWrite(banId)],
      idempotency: reserve({
        by,
        operation: 'lift_ip_ban',
        key: idempotencyKey,
        content: [guildId, banId],
        result: {},
        at,
        idempotencySecs: limits.idempotencySecs,
      }),
    });
    if (isLeft(lifted)) return lifted;
    return right({ answer: { accepted: true }, position: lifted.right.position });
  };
