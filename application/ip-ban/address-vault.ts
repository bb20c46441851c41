import { type IpBanId, type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { type VaultWrite } from '../event-store/event-log.ts';

/** What an address is known by outside of the request it came with: a keyed hash, which nobody can turn back. */
export type AddressKey = string & { readonly isAddressKey: true };

/** From where people joined, and which addresses bans mean: in the vault, as keyed hashes (docs/decisions/ip-addresses.md). */
export type AddressVault = {
  /** The keys by which bans may know an address: itself, and its network where bans of networks are possible. */
  readonly keysOf: (address: string) => readonly AddressKey[];
  /** Remembers from where somebody joined, at most once a minute for one address; the oldest of too many is forgotten. */
  readonly observe: (seen: {
    readonly userId: UserId;
    readonly address: string;
    readonly now: Timestamp;
  }) => Promise<void>;
  /** What a ban by user would bar: the keys of the addresses somebody was seen joining from, newest first. */
  readonly seen: (request: {
    readonly userId: UserId;
    readonly now: Timestamp;
  }) => Promise<readonly AddressKey[]>;
  /** The keys of bans; one whose key is gone bars nobody. */
  readonly keysOfBans: (
    banIds: readonly IpBanId[],
  ) => Promise<readonly { readonly banId: IpBanId; readonly key: AddressKey }[]>;
  /** What goes with the event of new bans, and with that of a lifted one. */
  readonly banWrite: (ban: {
    readonly guildId: GuildId;
    readonly banId: IpBanId;
    readonly key: AddressKey;
    readonly expiresAt: Timestamp | null;
  }) => VaultWrite;
  readonly liftWrite: (banId: IpBanId) => VaultWrite;
};
