// Finds sockets whose peer does not keep up. Publishing never says so, hence the look at each socket's buffer: often
// enough that a buffer can't grow from below our limit to the transport's hard one (twice ours) between two looks, so
// that a slow peer is told 1008 instead of being cut off.
import { type Connection } from './connection.ts';

const CHECK_MS = 100;

export type SlowConsumers = {
  /** To be called before bytes are handed to the transport. */
  readonly beforeWriting: () => void;
  /** To be called after bytes were handed to the transport. */
  readonly wrote: (bytes: number) => void;
  readonly stop: () => void;
};

export const createSlowConsumers = ({
  connections,
  bufferedBytesMax,
  onSlow,
  monotonic,
}: {
  readonly connections: () => ReadonlySet<Connection>;
  readonly bufferedBytesMax: number;
  readonly onSlow: (connection: Connection) => void;
  readonly monotonic: () => number; // Milliseconds
}): SlowConsumers => {
  let bytesSinceCheck = 0;
  let checkedAt = monotonic();
  let timer: NodeJS.Timeout | null = null;

  const check = () => {
    bytesSinceCheck = 0;
    checkedAt = monotonic();
    for (const connection of [...connections()])
      if (connection.socket.bufferedBytes() > bufferedBytesMax) onSlow(connection);
  };
  return {
    beforeWriting: () => {
      if (bytesSinceCheck >= bufferedBytesMax / 4 || monotonic() - checkedAt >= CHECK_MS) check();
    },
    wrote: (bytes) => {
      bytesSinceCheck += bytes;
      timer ??= setTimeout(() => {
        timer = null;
        check();
      }, CHECK_MS).unref();
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
};
