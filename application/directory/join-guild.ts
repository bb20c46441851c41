import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { decideJoin } from '../../domain/directory/join-decision.ts';
import { JoinOutcome } from '../../domain/directory/events.ts';
import { joinRoleOf, type Guild } from '../../domain/guild/guild.ts';
import { membershipDecider } from '../../domain/membership/decider.ts';
import { type GuildId } from '../../domain/shared/ids.ts';
import { memberStream } from '../access/create-guild-access.ts';
import { type Asking, type GuildCommandPorts } from '../command-ports.ts';
import { type Position } from '../event-store/event-log.ts';
import { type EventStore } from '../event-store/event-store.ts';
import { appendFailure } from '../execute.ts';
import { NOT_FOUND, type Failure } from '../failure.ts';
import { readResult, reserve } from '../idempotency.ts';
import { type AddressVault } from '../ip-ban/address-vault.ts';
import { type Blocklist } from '../ip-ban/blocklist.ts';
import { type Done } from '../ports.ts';

type Answer = {
  readonly guild_id: GuildId;
  readonly outcome: 'accepted' | 'already_member';
};
export type JoinGuild = (
  request: Asking & {
    readonly guildId: GuildId;
    readonly limiterKey: string; // The address as limits count it
    readonly address: string | null; // Null when the peer is unknown: then no ban applies
  },
) => Promise<Either<Failure, Done<Answer>>>;

const Result = t.strict({ outcome: JoinOutcome });
type Settled = {
  readonly outcome: JoinOutcome;
  readonly position: Position | null;
  readonly repeated?: true; // The first request recorded it
};

const BANNED: Failure = { type: 'Refused', code: 'directory_join_user_banned' };
const ADDRESS_BANNED: Failure = { type: 'Refused', code: 'directory_join_ip_banned' };

const answer = (
  guildId: GuildId,
  { outcome, position }: Settled,
): Either<Failure, Done<Answer>> => {
  switch (outcome) {
    case 'accepted':
    case 'already_member':
      return right({ answer: { guild_id: guildId, outcome }, position });
    case 'rejected_visibility':
      return left(NOT_FOUND); // As if it were not there.
    case 'rejected_user_ban':
      return left(BANNED);
    case 'rejected_ip_ban':
      return left(ADDRESS_BANNED);
  }
};

type Request = Parameters<JoinGuild>[0];
/** Takes one from what is allowed a minute; the seconds to wait when there is none. */
type Allowance = { readonly take: (key: string) => number };

type Ports = GuildCommandPorts & {
  readonly store: Pick<EventStore, 'append'>;
  readonly joinsOfAddress: Allowance;
  readonly joinsOfUser: Allowance;
  readonly addresses: Pick<AddressVault, 'observe'>;
  readonly blocklist: Pick<Blocklist, 'barring'>;
};

const reservation = ({ clock, limits }: Ports, request: Request, outcome: JoinOutcome) =>
  reserve({
    by: request.by,
    operation: 'join_guild',
    key: request.idempotencyKey,
    content: [request.guildId],
    result: { outcome },
    at: clock.now(),
    idempotencySecs: limits.idempotencySecs,
  });

const enter = async (
  ports: Ports,
  request: Request,
  guild: Guild,
): Promise<Either<Failure, Settled>> => {
  const { execute, access, clock } = ports;
  const { by, guildId, context } = request;
  const who = { guildId, userId: by, by, at: clock.now() };
  const data = { ...who, cause: 'directory' as const, roleId: joinRoleOf(guild) };
  const joined = await execute({
    decider: membershipDecider,
    states: access.states.memberships,
    stream: memberStream(guildId, by),
    prepare: () => Promise.resolve(right({ type: 'Join' as const, data })),
    refuse: () => BANNED,
    context,
    idempotency: reservation(ports, request, 'accepted'),
  });
  if (isLeft(joined))
    return joined.left === BANNED
      ? right({ outcome: 'rejected_user_ban', position: null })
      : joined;
  const done = joined.right;
  const { position } = done;
  if (done.type === 'AlreadyDone') {
    const { outcome } = readResult(Result, done.result);
    return right({ outcome, position, repeated: true });
  }
  // Without an event, a request beside this one was faster.
  return right({ outcome: position === null ? 'already_member' : 'accepted', position });
};

const record = async (
  ports: Ports,
  request: Request,
  { outcome }: Settled,
): Promise<Either<Failure, Settled>> => {
  const { by, guildId, context } = request;
  // Who was accepted has used the key with their membership; a repeat of it comes here as 'already member' with the key
  // and learns that the first answer was another.
  const idempotency = outcome === 'accepted' ? undefined : reservation(ports, request, outcome);
  const data = { guildId, userId: by, outcome, at: ports.clock.now() };
  const appended = await ports.store.append({
    stream: `directory-${guildId}`,
    expected: 'any',
    events: [{ type: 'DirectoryJoinDecided', data }],
    context,
    ...(idempotency && { idempotency }),
  })();
  if (!isLeft(appended)) return right({ outcome, position: appended.right.position });
  if (appended.left.type !== 'AlreadyDone') return left(appendFailure(appended.left));
  const { result, position } = appended.left;
  return right({ outcome: readResult(Result, result).outcome, position });
};

/** Joining through the public directory (base contract 5.9). Each decision about an existing guild is recorded. */
export const createJoinGuild =
  (ports: Ports): JoinGuild =>
  async (request) => {
    const { access, addresses, blocklist, clock, joinsOfAddress, joinsOfUser } = ports;
    const { by, guildId, address, limiterKey } = request;
    const retryAfterSecs = joinsOfAddress.take(limiterKey) || joinsOfUser.take(by);
    if (retryAfterSecs > 0) return left({ type: 'RateLimited', retryAfterSecs });
    // Whatever comes of it: also those who are turned away can be barred by where they came from.
    if (address !== null) await addresses.observe({ userId: by, address, now: clock.now() });
    const guild = await access.guild(guildId);
    if (guild === null) return left(NOT_FOUND);
    const outcome = decideJoin({
      visibility: guild.visibility,
      standing: (await access.membership(guildId, by)).standing,
      addressBanned: (await blocklist.barring(guildId, address)) !== null,
    });
    const settled: Either<Failure, Settled> =
      outcome === 'accepted'
        ? await enter(ports, request, guild)
        : right({ outcome, position: null });
    if (isLeft(settled)) return settled;
    const recorded =
      settled.right.repeated === true ? settled : await record(ports, request, settled.right);
    return isLeft(recorded) ? recorded : answer(guildId, recorded.right);
  };
