// The other processes of this database: who they are, whom they have online, and what else is told for the moment. Nothing of it is stored: they tell each
// other by NOTIFY, what was lost with a connection is told again as a whole, and who falls silent is forgotten.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Whereabouts } from '../../application/presence/presence.ts';
import {
  createSharedPresence,
  type SharedPresence,
} from '../../application/presence/shared-presence.ts';
import { createNoticeBoard } from './notice-board.ts';
import { newsOf, readNotice, type PeerNotice, type PresenceNotice } from './peer-notices.ts';
import { BEAT_TICKS, createPeerRoll, type PeerRoll } from './peer-roll.ts';
import { createPresenceSpeaker } from './presence-speaker.ts';
import { type SealedRepeat } from './sealed-repeat.ts';

export const PEERS_CHANNEL = 'filament_peers';
/** Other processes that are listened to; of more nobody is heard. */
export const PEERS_MAX = 64;

const TICK_MS = 1_000;
const BYE_MS_MAX = 1_000;

export type Peers = {
  readonly presence: SharedPresence;
  /** Who tells people here of those who come online or go offline elsewhere. */
  readonly toldBy: (tell: (who: Whereabouts) => void) => void;
  /** Told to all others, if there are any; what is lost is lost. */
  readonly sayRepeat: (repeat: SealedRepeat) => Promise<void>;
  /** Other processes that are heard now. */
  readonly count: () => number;
  /** Says goodbye. To be called before sockets are ended: they are on their way to the others, not offline. */
  readonly close: () => Promise<void>;
};

const beginsAll = ({ all }: PresenceNotice): boolean => all === 'begins' || all === 'whole';

/** Every tick while the process can listen: who can't, or stood still, counts no silence, since it is not that of others. */
const startTicking = (
  tickMs: number,
  { isListening, beat, tick }: Record<'beat' | 'tick', () => void> & { isListening: () => boolean },
): (() => void) => {
  let ticks = 0;
  const timer = setInterval(() => {
    if (!isListening()) return;
    ticks += 1;
    if (ticks % BEAT_TICKS === 0) beat();
    tick();
  }, tickMs);
  timer.unref();
  return () => clearInterval(timer);
};

/** What is done about a notice. */
const createHearing =
  ({
    me,
    roll,
    presence,
    sayAll,
    askForAll,
    onRepeat,
  }: {
    readonly me: string;
    readonly roll: PeerRoll;
    readonly presence: Pick<SharedPresence, 'hear'>;
    readonly sayAll: () => void;
    readonly askForAll: (peer: string) => void;
    readonly onRepeat: (repeat: SealedRepeat) => void;
  }) =>
  (payload: string | undefined): void => {
    const notice = readNotice(payload);
    if (notice === null || notice.from === me) return;
    const { from, kind } = notice;
    if (kind === 'bye') {
      roll.saidBye(from);
      return;
    }
    const heard = roll.heard(from);
    if (heard === null) return;
    const asksMe = kind === 'hello' && (notice.to ?? me) === me;
    if (heard === 'new' || asksMe) sayAll();
    // It tells all by itself when it says hello, or has begun to.
    const tellsAll = kind === 'hello' || (kind === 'presence' && beginsAll(notice));
    if (heard === 'new' && !tellsAll) askForAll(from);
    if (kind === 'presence') presence.hear(from, newsOf(notice));
    if (kind === 'repeat') onRepeat(notice.repeat);
  };

/** Begins to talk over the database; while that is away nobody is heard, and nobody forgotten for it. */
export const startPeers = ({
  url,
  onRepeat = () => {},
  tickMs = TICK_MS,
  peersMax = PEERS_MAX,
}: {
  readonly url: string;
  /** Of what another process was asked. */
  readonly onRepeat?: (repeat: SealedRepeat) => void;
  readonly tickMs?: number;
  readonly peersMax?: number;
}): Peers => {
  const me = randomUUID();
  let isClosing = false;
  let tell: (who: Whereabouts) => void = () => {};
  const presence = createSharedPresence({
    onOwn: (who, isOnline) => {
      // Who is alone says nothing; whoever comes asks for all.
      if (roll.size() > 0) speaker.shifted(who, isOnline);
    },
    onElsewhere: (who) => tell(who),
  });
  const roll = createPeerRoll({ max: peersMax, forget: presence.forget });
  const say = (notice: PeerNotice): Promise<boolean> => board.post(JSON.stringify(notice));
  const sayUntilClosing = async (notice: PeerNotice) => !isClosing && (await say(notice));

  const hear = createHearing({
    ...{ me, roll, presence, onRepeat },
    sayAll: () => speaker.sayAll(),
    askForAll: (peer) => void say({ from: me, kind: 'hello', to: peer }),
  });
  const board = createNoticeBoard({
    ...{ url, channel: PEERS_CHANNEL, hear },
    onListening: () => {
      void say({ from: me, kind: 'hello', to: null });
      if (roll.size() > 0) speaker.sayAll();
    },
  });
  const speaker = createPresenceSpeaker({ me, post: sayUntilClosing, own: presence.own });

  const stopTicking = startTicking(tickMs, {
    isListening: board.isListening,
    beat: () => void say({ from: me, kind: 'beat' }),
    tick: roll.tick,
  });

  return {
    presence,
    toldBy: (teller) => {
      tell = teller;
    },
    sayRepeat: async (repeat) => {
      if (roll.size() > 0) await sayUntilClosing({ from: me, kind: 'repeat', repeat });
    },
    count: roll.size,
    close: async () => {
      stopTicking();
      isClosing = true;
      const bye = say({ from: me, kind: 'bye' });
      await Promise.race([bye, delay(BYE_MS_MAX, undefined, { ref: false })]);
      await board.close();
    },
  };
};
