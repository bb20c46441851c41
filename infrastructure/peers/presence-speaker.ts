// Tells the other processes who came and went here: gathered, in order, and never more than one telling at a time.
import { setTimeout as delay } from 'node:timers/promises';
import { type Whereabouts } from '../../application/presence/presence.ts';
import {
  noticesOfAll,
  noticesOfShifts,
  type PeerNotice,
  type PresenceNotice,
  type PresenceShift,
} from './peer-notices.ts';

// What comes within that time goes in one notice, so that no process posts more often than 20 times a second.
const GATHER_MS = 50;
/** Past so many people that wait to be told of, all is told instead: it is not much more, and needs no memory. */
export const SHIFTS_WAITING_MAX = 10_000;

export type PresenceSpeaker = {
  readonly shifted: (who: Whereabouts, isOnline: boolean) => void;
  readonly sayAll: () => void;
};

/** What can't be posted is dropped: when the board is there again, whoever owns it has all said. */
export const createPresenceSpeaker = ({
  me,
  post,
  own,
  shiftsMax = SHIFTS_WAITING_MAX,
  gatherMs = GATHER_MS,
}: {
  readonly me: string;
  readonly post: (notice: PeerNotice) => Promise<boolean>;
  readonly own: () => readonly Whereabouts[];
  readonly shiftsMax?: number;
  readonly gatherMs?: number;
}): PresenceSpeaker => {
  const shifts = new Map<string, PresenceShift>();
  let wantsAll = false;
  let isSpeaking = false;

  const next = (): Iterable<PresenceNotice> => {
    const waiting = [...shifts.values()];
    const saysAll = wantsAll;
    shifts.clear();
    wantsAll = false;
    // All that is told now has every shift in it already.
    return saysAll ? noticesOfAll(me, own()) : noticesOfShifts(me, waiting);
  };
  const speak = async (): Promise<void> => {
    if (isSpeaking) return;
    isSpeaking = true;
    while (wantsAll || shifts.size > 0) {
      await delay(gatherMs, undefined, { ref: false });
      // After one that was lost no other may follow: it would be taken for the next.
      for (const notice of next()) if (!(await post(notice))) break;
    }
    isSpeaking = false;
  };
  const sayAll = (): void => {
    wantsAll = true;
    shifts.clear();
    void speak();
  };
  return {
    sayAll,
    shifted: (who, isOnline) => {
      if (wantsAll) return;
      const key = `${who.guildId}:${who.userId}`;
      if (shifts.size >= shiftsMax && !shifts.has(key)) sayAll();
      else {
        shifts.set(key, { ...who, isOnline });
        void speak();
      }
    },
  };
};
