// Frames for all sockets of many people. A person may share guilds with a hundred thousand others: the first few hundred
// sockets are written at once, the rest a chunk per turn of the event loop, so that nobody else's frames wait for it.
import { type Metrics } from '../../application/metrics.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { type Connection } from './connection.ts';
import { type Frame } from './frame-text.ts';
import { type Outbox } from './outbox.ts';

/** Sockets written in one turn. */
export const FANOUT_CHUNK = 256;
/** Frames waiting for the ones before them; past it they are dropped and counted. */
export const FANOUTS_WAITING_MAX = 256;

type Fanout = {
  readonly frame: Frame;
  readonly receivers: Iterator<Connection>;
};

export type UserFanout = {
  /**
   * Tells each of these people once, in their order, at most `peopleMax` of them. Frames are told in the order they came.
   * The people are looked at while they are told, so that who is no longer among them is not.
   */
  readonly toPeople: (people: Iterable<UserId>, frame: Frame) => void;
  readonly stop: () => void;
};

export const createUserFanout = ({
  socketsOf,
  outbox,
  metrics,
  peopleMax,
}: {
  readonly socketsOf: (userId: UserId) => readonly Connection[];
  readonly outbox: Pick<Outbox, 'toSome'>;
  readonly metrics: Metrics;
  readonly peopleMax: number;
}): UserFanout => {
  let waiting: Fanout[] = [];
  let turn: NodeJS.Immediate | null = null;

  function* receiversOf(people: Iterable<UserId>, frame: Frame): Generator<Connection> {
    const told = new Set<UserId>();
    for (const userId of people) {
      const sockets = told.has(userId) ? [] : socketsOf(userId);
      if (sockets.length === 0) continue;
      if (told.size >= peopleMax) {
        metrics.gatewayDropped('user', frame.t, 'audience_limit');
        return;
      }
      told.add(userId);
      yield* sockets;
    }
  }

  const step = () => {
    turn = null;
    const [current] = waiting;
    if (current === undefined) return;
    const chunk: Connection[] = [];
    let isDone = false;
    while (chunk.length < FANOUT_CHUNK && !isDone) {
      const next = current.receivers.next();
      if (next.done === true) isDone = true;
      else chunk.push(next.value);
    }
    outbox.toSome(chunk, 'user', current.frame);
    if (isDone) waiting.shift();
    if (waiting.length > 0) turn = setImmediate(step);
  };

  return {
    toPeople: (people, frame) => {
      if (waiting.length >= FANOUTS_WAITING_MAX) {
        metrics.gatewayDropped('user', frame.t, 'full_queue');
        return;
      }
      waiting.push({ frame, receivers: receiversOf(people, frame) });
      if (waiting.length === 1) step();
    },
    stop: () => {
      waiting = [];
      if (turn !== null) clearImmediate(turn);
    },
  };
};
