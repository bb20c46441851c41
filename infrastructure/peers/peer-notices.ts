// What processes say to each other, in pieces that fit a NOTIFY.
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { type Whereabouts } from '../../application/presence/presence.ts';
import { type PresenceNews } from '../../application/presence/shared-presence.ts';
import { GuildId, UserId } from '../../domain/shared/ids.ts';
import { SealedRepeat } from './sealed-repeat.ts';

// A person takes 59 bytes of the 7,999 that a notice may have.
export const PEOPLE_PER_NOTICE_MAX = 120;

const People = t.readonlyArray(t.tuple([GuildId, UserId]));
const from = { from: t.string };

const Hello = t.strict({ ...from, kind: t.literal('hello'), to: t.union([t.string, t.null]) });
const Beat = t.strict({ ...from, kind: t.literal('beat') });
const Bye = t.strict({ ...from, kind: t.literal('bye') });
const News = t.strict({
  ...from,
  kind: t.literal('presence'),
  online: People,
  offline: People,
  all: t.union([t.literal('whole'), t.literal('begins'), t.literal('ends'), t.null]),
});

const Repeat = t.strict({ ...from, kind: t.literal('repeat'), repeat: SealedRepeat });

/** `hello` asks for all that others have: everyone, or the one it is `to`. */
const PeerNotice = t.union([Hello, Beat, Bye, News, Repeat]);
export type PeerNotice = t.TypeOf<typeof PeerNotice>;
export type PresenceNotice = t.TypeOf<typeof News>;

/** Null for what no process of this version says. */
export const readNotice = (payload: string | undefined): PeerNotice | null => {
  try {
    const decoded = PeerNotice.decode(JSON.parse(payload ?? ''));
    return isLeft(decoded) ? null : decoded.right;
  } catch {
    return null;
  }
};

const peopleOf = (pairs: PresenceNotice['online']): readonly Whereabouts[] =>
  pairs.map(([guildId, userId]) => ({ guildId, userId }));
const pairsOf = (people: readonly Whereabouts[]): PresenceNotice['online'] =>
  people.map(({ guildId, userId }) => [guildId, userId]);

export const newsOf = ({ online, offline, all }: PresenceNotice): PresenceNews => ({
  online: peopleOf(online),
  offline: peopleOf(offline),
  ...(all !== null && { all }),
});

/** All whom the process has. One by one, since each is made when its turn comes. */
export function* noticesOfAll(
  sender: string,
  people: readonly Whereabouts[],
): Generator<PresenceNotice, void> {
  const count = Math.max(1, Math.ceil(people.length / PEOPLE_PER_NOTICE_MAX));
  for (let n = 0; n < count; n += 1) {
    const part = people.slice(n * PEOPLE_PER_NOTICE_MAX, (n + 1) * PEOPLE_PER_NOTICE_MAX);
    const named = { from: sender, kind: 'presence', online: pairsOf(part), offline: [] } as const;
    const [isFirst, isLast] = [n === 0, n === count - 1];
    yield {
      ...named,
      all: isFirst && isLast ? 'whole' : isFirst ? 'begins' : isLast ? 'ends' : null,
    };
  }
}

export type PresenceShift = Whereabouts & { readonly isOnline: boolean };

/** Those who came and went since; nobody is among them twice. */
export function* noticesOfShifts(
  sender: string,
  shifts: readonly PresenceShift[],
): Generator<PresenceNotice, void> {
  for (let n = 0; n < shifts.length; n += PEOPLE_PER_NOTICE_MAX) {
    const part = shifts.slice(n, n + PEOPLE_PER_NOTICE_MAX);
    yield {
      ...{ from: sender, kind: 'presence', all: null },
      online: pairsOf(part.filter(({ isOnline }) => isOnline)),
      offline: pairsOf(part.filter(({ isOnline }) => !isOnline)),
    };
  }
}
