// Which hits of a ban become audit facts. Outsiders cause them, so they must not be able to grow a guild's audit log as
// they like: the same person counts once in a while, and all of them together have a rate.
import { LRUCache } from 'lru-cache';
import { type GuildId, type IpBanId, type UserId } from '../../domain/shared/ids.ts';
import { type CommandContext, type EventStore } from '../event-store/event-store.ts';
import { type Limits } from '../limits.ts';
import { type Clock } from '../ports.ts';

const HOUR_MS = 3_600_000;
const PEOPLE_MAX = 50_000;
const GUILDS_MAX = 10_000;

export type Hit = {
  readonly guildId: GuildId;
  readonly banId: IpBanId;
  readonly userId: UserId;
  readonly context: CommandContext;
};

/** Records a hit unless that person's was recorded within the hour or the guild's hour is full. Resolves in any case. */
export type RecordHit = (hit: Hit) => Promise<void>;

export const createRecordHit = ({
  store,
  clock,
  limits,
  onFailure,
}: {
  readonly store: Pick<EventStore, 'append'>;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'ipBanHitsPerHourMax'>;
  readonly onFailure: (reason: unknown) => void;
}): RecordHit => {
  const people = new LRUCache<string, number>({ max: PEOPLE_MAX });
  const guilds = new LRUCache<GuildId, { hour: number; count: number }>({ max: GUILDS_MAX });

  const admits = (guildId: GuildId, userId: UserId, now: number): boolean => {
    const person = `${guildId}:${userId}`;
    const last = people.get(person);
    if (last !== undefined && now < last + HOUR_MS) return false;
    const hour = Math.floor(now / HOUR_MS);
    const found = guilds.get(guildId);
    const window = found?.hour === hour ? found : { hour, count: 0 };
    guilds.set(guildId, window);
    if (window.count >= limits.ipBanHitsPerHourMax) return false;
    window.count += 1;
    people.set(person, now);
    return true;
  };

  return async ({ guildId, banId, userId, context }) => {
    const at = clock.now();
    if (!admits(guildId, userId, at)) return;
    const appended = await store.append({
      stream: `ipbanhits-${guildId}`,
      expected: 'any',
      events: [{ type: 'IpBanHit', data: { guildId, banId, userId, at } }],
      context,
    })();
    // The person is barred all the same: a log that is away opens no door.
    if (appended._tag === 'Left') onFailure(appended.left.type);
  };
};
