// Bans of addresses: what knows them, and what asks at every door.
import { createBlocklist } from '../../application/ip-ban/blocklist.ts';
import { createGuardAddress } from '../../application/ip-ban/guard-address.ts';
import { createRecordHit } from '../../application/ip-ban/hit-record.ts';
import { type IpBanReader } from '../../application/ip-ban/ip-ban-reader.ts';
import { type Log } from '../logging/log.ts';
import { createAddressVault } from '../vault/address-vault.ts';
import { type Foundation } from './foundation.ts';

/** Resolves when every guild with bans is known; the pipeline must go on from where the read models are then. */
export const openAddressBans = async (
  { config, secrets, pool, store, clock }: Foundation,
  ipBans: Pick<IpBanReader, 'guilds'>,
  log: Log,
) => {
  const { limits } = config;
  const vault = createAddressVault({
    pool,
    masterKey: secrets.masterKey,
    observationSecs: limits.ipObservationSecs,
    observationsMax: limits.ipObservationsPerUserMax,
    bansNetworks: config.ipBanIpv6Prefix === '64',
  });
  const blocklist = createBlocklist({ store, vault, clock });
  blocklist.watch(await ipBans.guilds());
  const recordHit = createRecordHit({
    store,
    clock,
    limits,
    onFailure: (reason) => log.warn({ event: 'ip_ban.hit_not_recorded', reason }),
  });
  return { vault, blocklist, guardAddress: createGuardAddress({ blocklist, recordHit }) };
};

export type AddressBans = Awaited<ReturnType<typeof openAddressBans>>;
