import fc from 'fast-check';
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { createPresence } from './presence.ts';

const ulid = (index: number) => `01J${String(index).padStart(23, '0')}`;
const guild = (index: number) => ulid(index) as GuildId;
const user = (index: number) => ulid(index) as UserId;

describe('presence', () => {
  it('says online at the first socket and offline after the last', () => {
    const presence = createPresence();
    expect(presence.enter(guild(1), user(1))).toBe('came_online');
    expect(presence.enter(guild(1), user(1))).toBe('unchanged');
    expect(presence.leave(guild(1), user(1))).toBe('unchanged');
    expect(presence.leave(guild(1), user(1))).toBe('went_offline');
    expect(presence.leave(guild(1), user(1))).toBe('unchanged');
    expect(presence.online(guild(1), user(1), 10)).toEqual([]);
  });

  it('keeps guilds apart', () => {
    const presence = createPresence();
    presence.enter(guild(1), user(1));
    expect(presence.enter(guild(2), user(1))).toBe('came_online');
    expect(presence.online(guild(2), user(2), 10)).toEqual([user(1)]);
  });

  it('lists at most as many as asked for, the asker always among them', () => {
    const presence = createPresence();
    for (let index = 1; index <= 5; index += 1) presence.enter(guild(1), user(index));
    const listed = presence.online(guild(1), user(5), 3);
    expect(listed).toHaveLength(3);
    expect(listed).toContain(user(5));
    expect(new Set(presence.online(guild(1), user(5), 5)).size).toBe(5);
  });

  it('agrees with counting sockets by hand', () => {
    const step = fc.record({
      enter: fc.boolean(),
      guild: fc.integer({ min: 1, max: 2 }),
      user: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const presence = createPresence();
        const count = new Map<string, number>();
        for (const { enter, guild: g, user: u } of steps) {
          const key = `${g}:${u}`;
          const before = count.get(key) ?? 0;
          const after = Math.max(0, before + (enter ? 1 : -1));
          count.set(key, after);
          const change = enter
            ? presence.enter(guild(g), user(u))
            : presence.leave(guild(g), user(u));
          const expected =
            before === 0 && after === 1
              ? 'came_online'
              : before === 1 && after === 0
                ? 'went_offline'
                : 'unchanged';
          expect(change).toBe(expected);
          const online = [1, 2, 3].filter((index) => (count.get(`${g}:${index}`) ?? 0) > 0);
          expect(new Set(presence.online(guild(g), user(u), 10))).toEqual(
            new Set(online.map(user)),
          );
          expect(presence.isOnline(guild(g), user(u))).toBe(after > 0);
          const everyone = presence.everyone().map((who) => `${who.guildId}:${who.userId}`);
          const counted = [...count].flatMap(([pair, sockets]) => (sockets > 0 ? [pair] : []));
          expect(everyone.toSorted()).toEqual(
            counted.map((pair) => pair.split(':').map(Number).map(ulid).join(':')).toSorted(),
          );
        }
      }),
    );
  });
});
