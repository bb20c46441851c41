// Carries repeated reactions from the commands to the gateway, behind everything that was told before them.
import { type Position } from '../../application/event-store/event-log.ts';
import { type RepeatedReaction } from '../../application/message/react-to-message.ts';
import { type ReadPosition } from '../../application/ports.ts';
import { type Log } from '../logging/log.ts';

type Tell = (repeat: RepeatedReaction) => Promise<void>;

export type RepeatedReactions = {
  /** Does not wait; one that finds too many before it is not told, since it tells nothing new. */
  readonly tellAgain: (repeat: RepeatedReaction) => void;
  /** Whoever tells it from now on. */
  readonly toldBy: (tell: Tell) => void;
};

export const REPEATS_WAITING_MAX = 256;
const WAIT_MS_MAX = 5_000;

export const createRepeatedReactions = ({
  head,
  readPosition,
  log,
}: {
  readonly head: () => Promise<Position>;
  readonly readPosition: Pick<ReadPosition, 'waitFor'>;
  readonly log: Pick<Log, 'warn'>;
}): RepeatedReactions => {
  let tell: Tell = () => Promise.resolve();
  let waiting = 0;
  const tellInTurn = async (repeat: RepeatedReaction): Promise<void> => {
    // The repeat may have overtaken the news of the reaction itself, which went through the log.
    if (await readPosition.waitFor(await head(), WAIT_MS_MAX)) await tell(repeat);
  };
  return {
    tellAgain: (repeat) => {
      if (waiting >= REPEATS_WAITING_MAX) return;
      waiting += 1;
      tellInTurn(repeat)
        .catch((err: unknown) => log.warn({ event: 'gateway.repeat_not_told', err }))
        .finally(() => (waiting -= 1));
    },
    toldBy: (teller) => {
      tell = teller;
    },
  };
};
