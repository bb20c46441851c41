// By what the vault knows addresses: keyed hashes, of the address itself and, for IPv6, of its /64, which is one
// customer's network. Nothing here can be turned back without the master key.
import { createHmac } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import { type AddressKey } from '../../application/ip-ban/address-vault.ts';
import { subkey } from '../secrets/subkey.ts';

/** A guild under attack asks for the same few addresses again and again. */
const CACHED_MAX = 10_000;
const NETWORK_BYTES = 8;

export type AddressKeys = { readonly address: AddressKey; readonly network: AddressKey | null };

/** Null for what is no address. An IPv4 address has the same keys when it comes written as an IPv6 one. */
export const createAddressKeys = ({ masterKey }: { readonly masterKey: Buffer }) => {
  const secret = subkey(masterKey, 'ip-addresses');
  const cache = new LRUCache<string, AddressKeys>({ max: CACHED_MAX });
  // The label has a fixed length for each kind, so no two kinds run together to the same bytes.
  const keyOf = (label: 'ipv4/32' | 'ipv6/128' | 'ipv6/64', bytes: readonly number[]): AddressKey =>
    createHmac('sha256', secret)
      .update(`${label}:`)
      .update(Buffer.from(bytes))
      .digest('hex') as AddressKey;

  const make = (address: string): AddressKeys | null => {
    if (!ipaddr.isValid(address)) return null;
    const parsed = ipaddr.process(address);
    const bytes = parsed.toByteArray();
    return parsed.kind() === 'ipv4'
      ? { address: keyOf('ipv4/32', bytes), network: null }
      : {
          address: keyOf('ipv6/128', bytes),
          network: keyOf('ipv6/64', bytes.slice(0, NETWORK_BYTES)),
        };
  };

  return (address: string): AddressKeys | null => {
    const cached = cache.get(address);
    if (cached !== undefined) return cached;
    const made = make(address);
    if (made !== null) cache.set(address, made);
    return made;
  };
};
