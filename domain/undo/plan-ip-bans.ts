// Bans of addresses: those that were set are lifted. One that was lifted can't be set again, since its address is gone.
import { ipBanDecider, type IpBanCommand, type IpBans } from '../ip-ban/decider.ts';
import { type IpBanEvent } from '../ip-ban/events.ts';
import { type IpBanId } from '../shared/ids.ts';
import { carryOut, type Act, type Plan, type Refusal, type Subject } from './act.ts';
import { type Undoing } from './plan-guild.ts';

const subjectOf = (banId: IpBanId): Subject => ({ kind: 'ip_ban', id: banId });

/** What of a guild's bans of addresses is put back, and what can't be. */
export const planIpBans = (
  acts: readonly Act<IpBanEvent>[],
  { guildId, by, at }: Undoing,
): Plan<IpBanEvent, IpBans> => {
  const now = acts.map(({ event }) => event).reduce(ipBanDecider.evolve, ipBanDecider.initialState);
  const undone = acts.filter(({ whose }) => whose === 'undone').map(({ event }) => event);
  const set = undone.flatMap((event) => (event.type === 'IpBansAdded' ? event.data.banIds : []));
  const lifted = undone.flatMap((event) => (event.type === 'IpBanLifted' ? event.data.banId : []));
  const standing = set.filter((banId) => {
    const expiresAt = now.get(banId);
    return expiresAt !== undefined && (expiresAt === null || expiresAt > at);
  });
  const plan = carryOut<IpBanCommand, IpBans, IpBanEvent, { readonly type: string }>(
    ipBanDecider,
    now,
    standing.map((banId) => ({
      command: { type: 'LiftIpBan', data: { guildId, banId, by, at } },
      subject: subjectOf(banId),
    })),
  );
  const gone = lifted
    .filter((banId) => !set.includes(banId))
    .map((banId): Refusal => ({ ...subjectOf(banId), why: 'address_gone' }));
  return { ...plan, refusals: [...plan.refusals, ...gone] };
};
