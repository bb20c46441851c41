// Who is online at any of several processes: each counts its own sockets and hears from the others whom they have.
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { createPresence, type Presence, type Whereabouts } from './presence.ts';

/** What one process says of itself to the others. What it says arrives in order, or not at all. */
export type PresenceNews = {
  readonly online: readonly Whereabouts[];
  readonly offline: readonly Whereabouts[];
  /** All it has, in one piece or several: whoever was not named from its beginning to its end is offline. */
  readonly all?: 'whole' | 'begins' | 'ends';
};

export type SharedPresence = Presence & {
  readonly hear: (process: string, news: PresenceNews) => void;
  /** The process is gone, and with it all whom it had. */
  readonly forget: (process: string) => void;
  /** All whom this process has. */
  readonly own: () => readonly Whereabouts[];
};

// Of all other processes together, so that the memory is bounded whatever they say: some 100 bytes each.
export const PEOPLE_ELSEWHERE_MAX = 500_000;

/** When each person was last named, counted in tellings of all. */
type Peer = { generation: number; readonly people: Map<GuildId, Map<UserId, number>> };

/**
 * `onOwn` is told of those who come online or go offline at this process; `onElsewhere` of those who do so for everybody
 * here by what another process said. People beyond `elsewhereMax` are taken for offline.
 */
export const createSharedPresence = ({
  onOwn,
  onElsewhere,
  elsewhereMax = PEOPLE_ELSEWHERE_MAX,
}: {
  readonly onOwn: (who: Whereabouts, isOnline: boolean) => void;
  readonly onElsewhere: (who: Whereabouts) => void;
  readonly elsewhereMax?: number;
}): SharedPresence => {
  const sockets = createPresence(); // Of this process
  const processes = createPresence(); // How many of them have a person, this one counting once
  const peers = new Map<string, Peer>();
  let elsewhere = 0;

  const come = ({ people, generation }: Peer, { guildId, userId }: Whereabouts): void => {
    const isKnown = people.get(guildId)?.has(userId) === true;
    if (!isKnown && elsewhere >= elsewhereMax) return;
    const inGuild = people.get(guildId) ?? new Map<UserId, number>();
    people.set(guildId, inGuild);
    inGuild.set(userId, generation);
    if (isKnown) return;
    elsewhere += 1;
    if (processes.enter(guildId, userId) === 'came_online') onElsewhere({ guildId, userId });
  };
  const go = ({ people }: Peer, { guildId, userId }: Whereabouts): void => {
    const inGuild = people.get(guildId);
    if (inGuild?.delete(userId) !== true) return;
    if (inGuild.size === 0) people.delete(guildId);
    elsewhere -= 1;
    if (processes.leave(guildId, userId) === 'went_offline') onElsewhere({ guildId, userId });
  };
  const goAllNamedBefore = (peer: Peer, generation: number): void => {
    for (const [guildId, inGuild] of peer.people)
      for (const [userId, named] of inGuild) if (named < generation) go(peer, { guildId, userId });
  };

  return {
    enter: (guildId, userId) => {
      if (sockets.enter(guildId, userId) === 'unchanged') return 'unchanged';
      onOwn({ guildId, userId }, true);
      return processes.enter(guildId, userId);
    },
    leave: (guildId, userId) => {
      if (sockets.leave(guildId, userId) === 'unchanged') return 'unchanged';
      onOwn({ guildId, userId }, false);
      return processes.leave(guildId, userId);
    },
    online: processes.online,
    isOnline: processes.isOnline,
    own: sockets.everyone,
    hear: (process, { online, offline, all }) => {
      const peer = peers.get(process) ?? { generation: 0, people: new Map() };
      peers.set(process, peer);
      if (all === 'begins' || all === 'whole') peer.generation += 1;
      for (const who of online) come(peer, who);
      for (const who of offline) go(peer, who);
      if (all === 'ends' || all === 'whole') goAllNamedBefore(peer, peer.generation);
    },
    forget: (process) => {
      const peer = peers.get(process);
      peers.delete(process);
      if (peer !== undefined) goAllNamedBefore(peer, Infinity);
    },
  };
};
