// Which connected people belong to which guilds, subscribed or not: read when somebody connects, kept current by the log.
// So who shares a guild with a person is found among those who are here, however many members the guild has.
import { type GuildsOfPerson } from '../../application/membership/guilds-of-person.ts';
import { type Recorded, type Undecodable } from '../../application/event-store/event-store.ts';
import { GuildId, UserId } from '../../domain/shared/ids.ts';

/** Guilds of one person that are looked at; who is in more still hears of friends and of people in the first of them. */
export const GUILDS_FOLLOWED_MAX = 1_000;

type Change = { readonly guildId: GuildId; readonly isMember: boolean };
type Followed = {
  followers: number;
  readonly guildIds: Set<GuildId>;
  /** What happened while the guilds were being read; null once they are known. */
  meanwhile: Change[] | null;
  known: Promise<void>;
};

export type GuildMates = {
  /** Follows a person's guilds until the function it resolves to is called; resolves when they are known. */
  readonly follow: (userId: UserId) => Promise<() => void>;
  /** Of a followed person. */
  readonly guildsOf: (userId: UserId) => ReadonlySet<GuildId>;
  /** Followed people in the guild; changes while it is looked at, as people come and go. */
  readonly inGuild: (guildId: GuildId) => ReadonlySet<UserId>;
  /** To be called with every event, in order, before it is announced. */
  readonly apply: (event: Recorded | Undecodable) => void;
};

const NO_GUILDS: ReadonlySet<GuildId> = new Set();
const NOBODY: ReadonlySet<UserId> = new Set();

type MembershipChange = Change & { readonly userId: UserId };

const changeIn = (event: Recorded | Undecodable): MembershipChange | null => {
  const { type } = event;
  if (type === 'MemberJoined' || type === 'MemberRestored')
    return { ...event.data, isMember: true };
  if (type === 'MemberLeft' || type === 'MemberKicked' || type === 'MemberBanned')
    return { ...event.data, isMember: false };
  if (type !== 'Undecodable') return null;
  // It may have taken the membership away, so nothing more is told by it.
  const [, guildId, userId] = /^member-(\w{26}):(\w{26})$/.exec(event.meta.stream) ?? [];
  return GuildId.is(guildId) && UserId.is(userId) ? { guildId, userId, isMember: false } : null;
};

/** Sets one person's membership of one guild, on both sides. */
const setIn =
  (byGuild: Map<GuildId, Set<UserId>>) =>
  (userId: UserId, { guildIds }: Followed, { guildId, isMember }: Change): void => {
    const people = byGuild.get(guildId);
    if (isMember) {
      guildIds.add(guildId);
      if (people) people.add(userId);
      else byGuild.set(guildId, new Set([userId]));
      return;
    }
    guildIds.delete(guildId);
    people?.delete(userId);
    if (people?.size === 0) byGuild.delete(guildId);
  };

export const createGuildMates = ({
  guildsOfPerson,
}: {
  readonly guildsOfPerson: GuildsOfPerson;
}): GuildMates => {
  const followed = new Map<UserId, Followed>();
  const byGuild = new Map<GuildId, Set<UserId>>();

  const set = setIn(byGuild);

  const read = async (userId: UserId, entry: Followed): Promise<void> => {
    const guildIds = await guildsOfPerson(userId, GUILDS_FOLLOWED_MAX);
    const meanwhile = entry.meanwhile ?? [];
    entry.meanwhile = null;
    if (followed.get(userId) !== entry) return;
    for (const guildId of guildIds) set(userId, entry, { guildId, isMember: true });
    // What was read may have some of these in it already; the last word on each guild is the same either way.
    for (const change of meanwhile) set(userId, entry, change);
  };

  const release = (userId: UserId, entry: Followed) => {
    entry.followers -= 1;
    if (entry.followers > 0) return;
    for (const guildId of [...entry.guildIds]) set(userId, entry, { guildId, isMember: false });
    if (followed.get(userId) === entry) followed.delete(userId);
  };

  return {
    follow: async (userId) => {
      const found = followed.get(userId);
      const entry = found ?? {
        followers: 0,
        guildIds: new Set<GuildId>(),
        meanwhile: [],
        known: Promise.resolve(),
      };
      entry.followers += 1;
      if (found === undefined) {
        followed.set(userId, entry);
        entry.known = read(userId, entry);
      }
      let isReleased = false;
      const releaseOnce = () => {
        if (!isReleased) release(userId, entry);
        isReleased = true;
      };
      try {
        await entry.known;
      } catch (error) {
        // Those who wait for the same reading fail with it; the next to come reads again.
        if (followed.get(userId) === entry) followed.delete(userId);
        releaseOnce();
        throw error;
      }
      return releaseOnce;
    },
    guildsOf: (userId) => followed.get(userId)?.guildIds ?? NO_GUILDS,
    inGuild: (guildId) => byGuild.get(guildId) ?? NOBODY,
    apply: (event) => {
      const change = changeIn(event);
      const entry = change === null ? undefined : followed.get(change.userId);
      if (change === null || entry === undefined) return;
      if (entry.meanwhile === null) set(change.userId, entry, change);
      else entry.meanwhile.push(change);
    },
  };
};
