import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { type Decider } from '../shared/decider.ts';
import { type GuildId, type IpBanId, type UserId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { type IpBanEvent } from './events.ts';

/** The bans of one guild by id, each with its end; null for none. */
export type IpBans = ReadonlyMap<IpBanId, Timestamp | null>;

type AddIpBans = {
  readonly guildId: GuildId;
  readonly banIds: readonly IpBanId[]; // One for each address; none when no new address is known
  readonly sourceUserId: UserId;
  readonly reason: string | null;
  readonly expiresAt: Timestamp | null;
  readonly entriesMax: number;
  readonly by: UserId;
  readonly at: Timestamp;
};
type LiftIpBan = {
  readonly guildId: GuildId;
  readonly banId: IpBanId;
  readonly by: UserId;
  readonly at: Timestamp;
};

export type IpBanCommand =
  | { readonly type: 'AddIpBans'; readonly data: AddIpBans }
  | { readonly type: 'LiftIpBan'; readonly data: LiftIpBan };

export type IpBanRejection = { readonly type: 'TooManyIpBans' | 'NoSuchIpBan' };

type Decision = Either<IpBanRejection, readonly IpBanEvent[]>;

/** Whether a ban with this end is in force. */
export const isInForce = (expiresAt: Timestamp | null, now: Timestamp): boolean =>
  expiresAt === null || expiresAt > now;

const inForce = (bans: IpBans, now: Timestamp): IpBans =>
  new Map([...bans].filter(([, expiresAt]) => isInForce(expiresAt, now)));

const add = ({ entriesMax, ...data }: AddIpBans, bans: IpBans): Decision => {
  if (data.banIds.length === 0) return right([]);
  // An expired ban takes no room: a guild is never full of bans that bar nobody.
  if (inForce(bans, data.at).size + data.banIds.length > entriesMax)
    return left({ type: 'TooManyIpBans' });
  return right([{ type: 'IpBansAdded', data }]);
};

const decide = ({ type, data }: IpBanCommand, bans: IpBans): Decision => {
  if (type === 'AddIpBans') return add(data, bans);
  const expiresAt = bans.get(data.banId);
  return expiresAt === undefined || !isInForce(expiresAt, data.at)
    ? left({ type: 'NoSuchIpBan' })
    : right([{ type: 'IpBanLifted', data }]);
};

const evolve = (bans: IpBans, event: IpBanEvent): IpBans => {
  switch (event.type) {
    case 'IpBansAdded': {
      const { banIds, expiresAt, at } = event.data;
      const next = new Map(inForce(bans, at)); // Those that ended leave, so the state stays as small as its cap.
      for (const banId of banIds) next.set(banId, expiresAt);
      return next;
    }
    case 'IpBanLifted': {
      const next = new Map(bans);
      next.delete(event.data.banId);
      return next;
    }
  }
};

export const ipBanDecider: Decider<IpBanCommand, IpBans, IpBanEvent, IpBanRejection> = {
  initialState: new Map(),
  decide,
  evolve,
};
