// Carries repeated reactions from the commands to the gateway, behind everything that was told before them, and to the
// gateways of other processes.
import { type Position } from '../../application/event-store/event-log.ts';
import { type RepeatedReaction } from '../../application/message/react-to-message.ts';
import { type ReadPosition } from '../../application/ports.ts';
import { type Log } from '../logging/log.ts';

type Tell = (repeat: RepeatedReaction) => Promise<void>;

export type RepeatedReactions = {
  /** Here and elsewhere. Does not wait; one that finds too many before it is not told, since it tells nothing new. */
  readonly tellAgain: (repeat: RepeatedReaction) => void;
  /** As `tellAgain`, of what another process was asked, and only here. Null is nothing to tell. */
  readonly tellOfElsewhere: (open: () => Promise<RepeatedReaction | null>) => void;
  /** Whoever tells it here from now on, and whoever tells other processes. */
  readonly toldBy: (tellHere: Tell, tellElsewhere: Tell) => void;
};

export const REPEATS_WAITING_MAX = 256;
const WAIT_MS_MAX = 5_000;

const nobody: Tell = () => Promise.resolve();

export const createRepeatedReactions = ({
  head,
  readPosition,
  log,
}: {
  readonly head: () => Promise<Position>;
  readonly readPosition: Pick<ReadPosition, 'waitFor'>;
  readonly log: Pick<Log, 'warn'>;
}): RepeatedReactions => {
  let [tellHere, tellElsewhere] = [nobody, nobody];
  let waiting = 0;
  const tellInTurn = async (repeat: RepeatedReaction): Promise<void> => {
    // The repeat may have overtaken the news of the reaction itself, which went through the log.
    if (await readPosition.waitFor(await head(), WAIT_MS_MAX)) await tellHere(repeat);
  };
  const unlessTooMany = (...works: readonly (() => Promise<void>)[]): void => {
    if (waiting >= REPEATS_WAITING_MAX) return;
    waiting += 1;
    const done = works.map((work) =>
      work().catch((err: unknown) => log.warn({ event: 'gateway.repeat_not_told', err })),
    );
    void Promise.all(done).finally(() => (waiting -= 1));
  };
  return {
    tellAgain: (repeat) =>
      unlessTooMany(
        () => tellInTurn(repeat),
        () => tellElsewhere(repeat),
      ),
    tellOfElsewhere: (open) =>
      unlessTooMany(async () => {
        const repeat = await open();
        if (repeat !== null) await tellInTurn(repeat);
      }),
    toldBy: (here, elsewhere) => {
      [tellHere, tellElsewhere] = [here, elsewhere];
    },
  };
};
