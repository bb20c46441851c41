import fc from 'fast-check';
import { type UserId } from '../../domain/shared/ids.ts';
import { guildNo, userNo } from '../../domain/shared/testing/samples.ts';
import { type Whereabouts } from './presence.ts';
import { createSharedPresence, type PresenceNews, type SharedPresence } from './shared-presence.ts';

const GUILD = guildNo(1);
const SELF = userNo(99);
const who = (user: number): Whereabouts => ({ guildId: GUILD, userId: userNo(user) });
const news = (online: readonly Whereabouts[], offline: readonly Whereabouts[] = []) => ({
  ...{ online, offline },
});
const shownAt = ({ online }: SharedPresence) => new Set(online(GUILD, SELF, 1_000));

const createProcess = (elsewhereMax?: number) => {
  const said: string[] = [];
  const told: string[] = [];
  const presence: SharedPresence = createSharedPresence({
    onOwn: ({ userId }, isOnline) => said.push(`${userId} ${isOnline}`),
    onElsewhere: ({ guildId, userId }) =>
      told.push(`${userId} ${presence.isOnline(guildId, userId)}`),
    ...(elsewhereMax !== undefined && { elsewhereMax }),
  });
  return { presence, said, told };
};

it('tells of a person once, whichever processes have them', () => {
  const { presence, told } = createProcess();
  expect(presence.enter(GUILD, userNo(1))).toBe('came_online');
  presence.hear('b', news([who(1), who(2)]));
  presence.hear('c', news([who(2)]));
  expect(told).toEqual([`${userNo(2)} true`]);
  expect(presence.enter(GUILD, userNo(2))).toBe('unchanged');
  expect(presence.leave(GUILD, userNo(1))).toBe('unchanged');
  expect(presence.leave(GUILD, userNo(2))).toBe('unchanged');
  presence.hear('b', news([], [who(1), who(2)]));
  expect(told.slice(1)).toEqual([`${userNo(1)} false`]);
  presence.forget('c');
  expect(told.slice(2)).toEqual([`${userNo(2)} false`]);
  expect(shownAt(presence)).toEqual(new Set());
});

it('says of its own what others need to know: the first socket and the last', () => {
  const { presence, said } = createProcess();
  presence.hear('b', news([who(1)]));
  for (const act of ['enter', 'enter', 'leave'] as const) presence[act](GUILD, userNo(1));
  expect(presence.own()).toEqual([who(1)]);
  presence.leave(GUILD, userNo(1));
  expect(said).toEqual([`${userNo(1)} true`, `${userNo(1)} false`]);
  expect(presence.own()).toEqual([]);
});

it('takes those for offline whom a process does not name when it tells all it has', () => {
  const { presence, told } = createProcess();
  presence.hear('b', news([who(1), who(2), who(3)]));
  presence.hear('b', { ...news([who(1)]), all: 'begins' });
  presence.hear('b', news([who(4)]));
  presence.hear('b', { ...news([who(5)]), all: 'ends' });
  expect(shownAt(presence)).toEqual(new Set([userNo(1), userNo(4), userNo(5)]));
  presence.hear('b', { ...news([]), all: 'whole' });
  expect(shownAt(presence)).toEqual(new Set());
  expect(told).toHaveLength(10);
});

it('takes nobody for offline when it did not hear the beginning', () => {
  const { presence } = createProcess();
  presence.hear('b', news([who(1)]));
  presence.hear('b', { ...news([who(2)]), all: 'ends' });
  expect(shownAt(presence)).toEqual(new Set([userNo(1), userNo(2)]));
});

it('keeps as many of all others together as it may, and no more', () => {
  const { presence } = createProcess(2);
  presence.hear('b', news([who(1)]));
  presence.hear('c', news([who(2), who(3)]));
  expect(shownAt(presence)).toEqual(new Set([userNo(1), userNo(2)]));
  presence.hear('b', news([], [who(1)]));
  presence.hear('c', news([who(3), who(4)]));
  expect(shownAt(presence)).toEqual(new Set([userNo(2), userNo(3)]));
  presence.forget('c');
  presence.hear('b', { ...news([who(5), who(6), who(7)]), all: 'whole' });
  expect(shownAt(presence)).toEqual(new Set([userNo(5), userNo(6)]));
});

const NAMES = ['a', 'b', 'c'];
type Notice = { readonly from: number; readonly news: PresenceNews };

/** Processes that hear from each other when they get to it, and an account of who has a socket where. */
const createWorld = () => {
  const sockets = NAMES.map(() => new Map<UserId, number>());
  const told = NAMES.map(() => new Set<UserId>());
  const inboxes = NAMES.map((): Notice[] => []);
  const tell = (at: number, userId: UserId, isOnline: boolean) =>
    isOnline ? told[at]!.add(userId) : told[at]!.delete(userId);
  const say = (from: number, said: PresenceNews) => {
    for (const [at, inbox] of inboxes.entries()) if (at !== from) inbox.push({ from, news: said });
  };
  const processes = NAMES.map((_, at): SharedPresence =>
    createSharedPresence({
      onOwn: (person, isOnline) => say(at, isOnline ? news([person]) : news([], [person])),
      onElsewhere: ({ userId }) => tell(at, userId, processes[at]!.isOnline(GUILD, userId)),
    }),
  );
  return {
    processes,
    told,
    truth: () =>
      new Set(
        sockets.flatMap((people) =>
          [...people].flatMap(([userId, count]) => (count > 0 ? [userId] : [])),
        ),
      ),
    act: (at: number, userId: UserId, act: 'enter' | 'leave') => {
      const count = sockets[at]!.get(userId) ?? 0;
      if (act === 'leave' && count === 0) return;
      sockets[at]!.set(userId, count + (act === 'enter' ? 1 : -1));
      const change = processes[at]![act](GUILD, userId);
      if (change !== 'unchanged') tell(at, userId, change === 'came_online');
    },
    sayAll: (at: number) => {
      const own = processes[at]!.own();
      const half = own.length >> 1;
      say(at, { ...news(own.slice(0, half)), all: 'begins' });
      say(at, { ...news(own.slice(half)), all: 'ends' });
    },
    hearNext: (at: number) => {
      const next = inboxes[at]!.shift();
      if (next) processes[at]!.hear(NAMES[next.from]!, next.news);
      return next !== undefined;
    },
    miss: (at: number) => void inboxes[at]!.splice(0),
    forgetFor: (at: number) => {
      for (const [other, { forget }] of processes.entries()) if (other !== at) forget(NAMES[at]!);
    },
  };
};

it('has at every process whoever has a socket anywhere, once all is heard; and always tells what it shows', () => {
  const step = fc.record({
    at: fc.nat({ max: 2 }),
    user: fc.integer({ min: 1, max: 3 }),
    act: fc.constantFrom(
      ...(['enter', 'leave', 'enter', 'leave'] as const),
      ...(['hears', 'hears', 'hears', 'says all', 'misses', 'is forgotten'] as const),
    ),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const world = createWorld();
      const tellsWhatItShows = () => {
        for (const [at, shared] of world.processes.entries())
          expect(world.told[at]).toEqual(shownAt(shared));
      };
      for (const { at, user, act } of steps) {
        if (act === 'hears') world.hearNext(at);
        else if (act === 'says all') world.sayAll(at);
        else if (act === 'misses') world.miss(at);
        else if (act === 'is forgotten') world.forgetFor(at);
        else world.act(at, userNo(user), act);
        tellsWhatItShows();
      }
      for (const at of NAMES.keys()) world.sayAll(at);
      for (const at of NAMES.keys()) while (world.hearNext(at)) tellsWhatItShows();
      for (const shared of world.processes) expect(shownAt(shared)).toEqual(world.truth());
    }),
  );
});
