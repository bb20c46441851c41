// Which other processes are heard, and for how long each may still be silent.

export const BEAT_TICKS = 5;
export const GONE_TICKS = 15;
// After a goodbye: for so long its people are kept, since most of them come back elsewhere meanwhile.
export const LINGER_TICKS = 5;

export type PeerRoll = {
  readonly size: () => number;
  /** Null: there are too many to hear one more. */
  readonly heard: (peer: string) => 'known' | 'new' | null;
  readonly saidBye: (peer: string) => void;
  /** One tick of silence more for each. */
  readonly tick: () => void;
};

export const createPeerRoll = ({
  max,
  forget,
}: {
  readonly max: number;
  readonly forget: (peer: string) => void;
}): PeerRoll => {
  const ticksLeft = new Map<string, number>();
  return {
    size: () => ticksLeft.size,
    heard: (peer) => {
      const isKnown = ticksLeft.has(peer);
      if (!isKnown && ticksLeft.size >= max) return null;
      ticksLeft.set(peer, GONE_TICKS);
      return isKnown ? 'known' : 'new';
    },
    saidBye: (peer) => {
      if (ticksLeft.has(peer)) ticksLeft.set(peer, LINGER_TICKS);
    },
    tick: () => {
      for (const [peer, left] of ticksLeft) {
        if (left > 1) ticksLeft.set(peer, left - 1);
        else {
          ticksLeft.delete(peer);
          forget(peer);
        }
      }
    },
  };
};
