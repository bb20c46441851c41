// Tells of people who came online or went offline at other processes. A process that ends takes thousands with it at once:
// so they are told in slices, at a pace that a slow peer can read.
import { setTimeout as delay } from 'node:timers/promises';
import { type Presence, type Whereabouts } from '../../application/presence/presence.ts';
import { type Audience } from './audience.ts';
import { type Outbox } from './outbox.ts';
import { presenceFrame } from './presence-frame.ts';

export const TOLD_PER_SLICE = 250;
const PAUSE_MS = 50;
/** People that wait to be told of; of more nobody hears until they subscribe again. */
export const SHIFTS_UNTOLD_MAX = 500_000;

export type TellPresence = {
  /** Waits for nothing, and tells what is so when its turn comes: what happened here meanwhile was told already. */
  readonly tell: (who: Whereabouts) => void;
  readonly stop: () => void;
};

/** As with people of this process, those hear of it who are subscribed in the guild. */
export const createTellPresence = ({
  presence,
  audience,
  outbox,
  untoldMax = SHIFTS_UNTOLD_MAX,
}: {
  readonly presence: Pick<Presence, 'isOnline'>;
  readonly audience: Pick<Audience, 'inGuild'>;
  readonly outbox: Pick<Outbox, 'toGuild' | 'settle'>;
  readonly untoldMax?: number;
}): TellPresence => {
  const untold = new Map<string, Whereabouts>();
  let isTelling = false;

  const tellSlice = (): void => {
    let count = 0;
    for (const [key, { guildId, userId }] of untold) {
      if (count === TOLD_PER_SLICE) break;
      count += 1;
      untold.delete(key);
      const status = presence.isOnline(guildId, userId) ? 'online' : 'offline';
      outbox.toGuild(guildId, presenceFrame(guildId, userId, status));
    }
    outbox.settle();
  };
  const tellAll = async (): Promise<void> => {
    isTelling = true;
    // All that one notice brings is there by then.
    await new Promise(setImmediate);
    for (;;) {
      tellSlice();
      if (untold.size === 0) break;
      await delay(PAUSE_MS, undefined, { ref: false });
    }
    isTelling = false;
  };
  return {
    tell: (who) => {
      if (audience.inGuild(who.guildId).size === 0) return;
      const key = `${who.guildId}:${who.userId}`;
      if (untold.size >= untoldMax && !untold.has(key)) return;
      untold.set(key, who);
      if (!isTelling) void tellAll();
    },
    stop: () => untold.clear(),
  };
};
