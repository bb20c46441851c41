import ipaddr from 'ipaddr.js';

export type BindAddress = { readonly host: string; readonly port: number };

/** `host:port`, with IPv6 in brackets; port 0 asks the system for a free one. */
export const parseBindAddress = (text: string): BindAddress | undefined => {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host !== undefined && port <= 65_535 ? { host, port } : undefined;
};

/** A comma list of CIDR ranges or single addresses; undefined when any part is neither. */
export const parseCidrs = (text: string): readonly string[] | undefined => {
  const parts = text.split(',').map((part) => part.trim());
  return parts.every((part) => ipaddr.isValidCIDR(part) || ipaddr.isValid(part))
    ? parts
    : undefined;
};
