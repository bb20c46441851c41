import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { ipBanDecider, isInForce, type IpBans } from '../../domain/ip-ban/decider.ts';
import { outranks } from '../../domain/permission/hierarchy.ts';
import { IpBanId, type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { isReason } from '../../domain/shared/reason.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { type Asking, type GuildCommandPorts } from '../command-ports.ts';
import { type IpBansAdded } from '../contract/moderation-answers.ts';
import { FORBIDDEN, INVALID, type Failure } from '../failure.ts';
import { readResult, reserve } from '../idempotency.ts';
import { type Done, type NewId } from '../ports.ts';
import { type AddressKey, type AddressVault } from './address-vault.ts';
import { ipBanStream, type Blocklist } from './blocklist.ts';

const EXPIRES_SECS_MAX = 15_552_000; // 180 days

export type BanAddresses = (
  request: Asking & {
    readonly guildId: GuildId;
    readonly userId: UserId; // Whose addresses
    readonly reason: string | null;
    readonly expiresInSecs: number | null;
  },
) => Promise<Either<Failure, Done<IpBansAdded>>>;

type Request = Parameters<BanAddresses>[0];
type Ports = GuildCommandPorts & {
  readonly vault: AddressVault;
  readonly blocklist: Blocklist;
  readonly newId: NewId;
};

const Result = t.strict({ banIds: t.string });
const TOO_MANY: Failure = { type: 'QuotaExceeded' };

const isValid = ({ reason, expiresInSecs }: Request): boolean =>
  (reason === null || isReason(reason)) &&
  (expiresInSecs === null || (expiresInSecs >= 1 && expiresInSecs <= EXPIRES_SECS_MAX));

/**
 * Who may: with `manage_ip_bans`, and above the person if they belong to the guild, or a moderator could lock its owner
 * out. Everyone may ban the addresses of their own.
 */
const mayBan = async (
  { access }: Ports,
  { by, guildId, userId }: Request,
): Promise<Either<Failure, null>> => {
  const allowed = await access.requireInGuild(by, guildId, 'manage_ip_bans');
  if (isLeft(allowed)) return allowed;
  if (userId === by) return right(null);
  const target = await access.inGuild(userId, guildId);
  return isLeft(target) || outranks(allowed.right, target.right) ? right(null) : left(FORBIDDEN);
};

/** The person's addresses that no ban in force bars yet. The log says which bans there are, the vault only what they mean. */
const barrable = async (
  { vault }: Ports,
  { userId }: Request,
  bans: IpBans,
  now: Timestamp,
): Promise<readonly AddressKey[]> => {
  const seen = await vault.seen({ userId, now });
  if (seen.length === 0) return seen;
  const inForce = [...bans].filter(([, expiresAt]) => isInForce(expiresAt, now));
  const barred = await vault.keysOfBans(inForce.map(([banId]) => banId));
  const keys = new Set(barred.map(({ key }) => key));
  return seen.filter((key) => !keys.has(key));
};

const answered = (banIds: readonly IpBanId[]): IpBansAdded => ({
  created_count: banIds.length as IpBansAdded['created_count'],
  ban_ids: banIds,
});

const firstAnswer = (result: string): IpBansAdded =>
  answered(readResult(Result, result).banIds.split(' ').filter(IpBanId.is));

/**
 * Bars from a guild every address that the person was seen joining from. It succeeds with none when no address is known,
 * or when all are barred already.
 */
export const createBanAddresses =
  (ports: Ports): BanAddresses =>
  async (request) => {
    const { execute, blocklist, vault, clock, limits, newId } = ports;
    const { by, guildId, userId, reason, expiresInSecs, idempotencyKey, context } = request;
    if (!isValid(request)) return left(INVALID);
    const at = clock.now();
    const expiresAt = expiresInSecs === null ? null : ((at + expiresInSecs * 1000) as Timestamp);
    let keys: ReadonlyMap<IpBanId, AddressKey> = new Map(); // Of the last attempt, which is the one that counts
    const done = await execute({
      decider: ipBanDecider,
      states: blocklist.states,
      stream: ipBanStream(guildId),
      prepare: async (bans) => {
        const allowed = await mayBan(ports, request);
        if (isLeft(allowed)) return allowed;
        const fresh = await barrable(ports, request, bans, at);
        keys = new Map(fresh.map((key) => [newId<'IpBan'>(), key]));
        const banIds = [...keys.keys()];
        const entriesMax = limits.ipBansPerGuildMax;
        const ban = { guildId, banIds, sourceUserId: userId, reason, expiresAt, by, at };
        return right({ type: 'AddIpBans' as const, data: { ...ban, entriesMax } });
      },
      refuse: () => TOO_MANY,
      context,
      vaultOf: () =>
        [...keys].map(([banId, key]) => vault.banWrite({ guildId, banId, key, expiresAt })),
      idempotency: () =>
        reserve({
          by,
          operation: 'ban_addresses',
          key: idempotencyKey,
          content: [guildId, userId, reason, expiresInSecs],
          result: { banIds: [...keys.keys()].join(' ') },
          at,
          idempotencySecs: limits.idempotencySecs,
        }),
    });
    if (isLeft(done)) return done;
    blocklist.watch([guildId]);
    const { position } = done.right;
    if (done.right.type === 'AlreadyDone')
      return right({ answer: firstAnswer(done.right.result), position });
    return right({ answer: answered([...keys.keys()]), position });
  };
