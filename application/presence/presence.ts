// Who is online where, by their subscribed sockets. Ephemeral: in memory, never an event (architecture section 3).
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';

/** A person in a guild. */
export type Whereabouts = { readonly guildId: GuildId; readonly userId: UserId };

export type PresenceChange = 'came_online' | 'went_offline' | 'unchanged';

export type Presence = {
  /** One more socket of the person is subscribed in the guild. */
  readonly enter: (guildId: GuildId, userId: UserId) => PresenceChange;
  /** One socket fewer; leaving more often than entering changes nothing. */
  readonly leave: (guildId: GuildId, userId: UserId) => PresenceChange;
  /** At most `limit` distinct people online in the guild; `self` is among them when online, whatever the limit. */
  readonly online: (guildId: GuildId, self: UserId, limit: number) => readonly UserId[];
  readonly isOnline: (guildId: GuildId, userId: UserId) => boolean;
};

/** Presence that can be told as a whole. */
export type CountedPresence = Presence & { readonly everyone: () => readonly Whereabouts[] };

export const createPresence = (): CountedPresence => {
  const socketsOf = new Map<GuildId, Map<UserId, number>>();
  return {
    enter: (guildId, userId) => {
      const people = socketsOf.get(guildId) ?? new Map<UserId, number>();
      socketsOf.set(guildId, people);
      const sockets = people.get(userId) ?? 0;
      people.set(userId, sockets + 1);
      return sockets === 0 ? 'came_online' : 'unchanged';
    },
    leave: (guildId, userId) => {
      const people = socketsOf.get(guildId);
      const sockets = people?.get(userId);
      if (people === undefined || sockets === undefined) return 'unchanged';
      if (sockets > 1) {
        people.set(userId, sockets - 1);
        return 'unchanged';
      }
      people.delete(userId);
      if (people.size === 0) socketsOf.delete(guildId);
      return 'went_offline';
    },
    online: (guildId, self, limit) => {
      const people = socketsOf.get(guildId);
      if (people === undefined) return [];
      const listed: UserId[] = people.has(self) ? [self] : [];
      for (const userId of people.keys()) {
        if (listed.length >= limit) break;
        if (userId !== self) listed.push(userId);
      }
      return listed;
    },
    isOnline: (guildId, userId) => socketsOf.get(guildId)?.has(userId) === true,
    everyone: () =>
      [...socketsOf].flatMap(([guildId, people]) =>
        [...people.keys()].map((userId) => ({ guildId, userId })),
      ),
  };
};
