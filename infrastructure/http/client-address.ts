// Whose request it is, behind proxies that we were told to trust. Bans and limits hang on this answer.
import ipaddr from 'ipaddr.js';

// Longer headers are not a real chain of proxies, so nothing in them is believed.
const FORWARDED_HEADER_CHARS_MAX = 512;
const FORWARDED_ENTRY_CHARS_MAX = 64;

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const parse = (text: string): Address | null =>
  // `process` folds IPv4-mapped IPv6, so one machine has one address on a dual-stack socket.
  text.length <= FORWARDED_ENTRY_CHARS_MAX && ipaddr.isValid(text) ? ipaddr.process(text) : null;

const MAPPED_BITS = 96;

const parseRange = (range: string): readonly [Address, number] => {
  if (range.includes('/')) {
    const [base, bits] = ipaddr.parseCIDR(range);
    // Addresses are folded, so a range of IPv4 in IPv6 form must be as well, or it would match nothing.
    return base instanceof ipaddr.IPv6 && base.isIPv4MappedAddress() && bits >= MAPPED_BITS
      ? [base.toIPv4Address(), bits - MAPPED_BITS]
      : [base, bits];
  }
  const address = ipaddr.process(range);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
};

const canonical = (address: Address): string => address.toString();

/**
 * Names the client's address from the peer's and `x-forwarded-for`: the right-most hop that is not a trusted proxy. Left
 * of it anyone may have written anything. Null when the peer is unknown.
 */
export const createClientAddress = ({
  trustedProxies,
}: {
  readonly trustedProxies: readonly string[]; // CIDR ranges or addresses, already validated
}): ((peer: string | undefined, forwardedFor: string | undefined) => string | null) => {
  const trusted = trustedProxies.map(parseRange);
  const isTrusted = (address: Address) =>
    trusted.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));

  return (peer, forwardedFor) => {
    if (peer === undefined) return null;
    if (trusted.length === 0) return peer.startsWith('::ffff:') ? peer.slice(7) : peer;
    const direct = parse(peer);
    if (direct === null) return null;
    if (forwardedFor === undefined || forwardedFor.length > FORWARDED_HEADER_CHARS_MAX)
      return canonical(direct);
    let current = direct;
    for (const hop of forwardedFor.split(',').reverse()) {
      if (!isTrusted(current)) break;
      const next = parse(hop.trim());
      if (next === null) break;
      current = next;
    }
    return canonical(current);
  };
};

/** What a limiter counts an address by: one customer of a network provider holds a whole IPv6 /64. */
export const limiterKey = (address: string | null): string => {
  if (address === null) return 'ip:0.0.0.0';
  if (!address.includes(':')) return `ip:${address}`;
  const parsed = parse(address);
  return parsed === null || parsed.kind() === 'ipv4'
    ? `ip:${address}`
    : `ip:${parsed.toByteArray().slice(0, 8).join('.')}/64`;
};
