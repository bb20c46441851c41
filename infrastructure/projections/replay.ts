// Plays the log into tables that nobody reads yet.
import { type Position } from '../../application/event-store/event-log.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { type Connection, type Pool } from '../postgres/database.ts';
import { applyCarefully, applyEvents, type Batch, type Target } from './apply-events.ts';
import { isPoison } from './poison.ts';
import { transact } from './projection-session.ts';

export type ReplayPorts = {
  readonly pool: Pool;
  readonly store: Pick<EventStore, 'start' | 'readAll' | 'head'>;
  /** Of all projectors that share the live feed, so that both see the same events. */
  readonly keepSealed: ReadonlySet<string>;
};

// Smaller pages cost more calls, larger ones memory, and neither is faster (measured).
export const REPLAY_PAGE = 4_000;

/** How far a replay is. */
export type Replay = { at: Position; done: number };

export type ReplayOptions = {
  /** Not past this position; without it as far as the log goes. */
  readonly until?: Position;
  /** Called in the transaction of each page. */
  readonly onApplied?: (position: Position) => Promise<unknown>;
  /** Called after each page. */
  readonly onPage?: () => void;
};

const applyPage = async (
  connection: Connection,
  target: Target,
  page: Batch,
  onApplied: () => Promise<unknown>,
): Promise<void> => {
  const applyBy = (apply: typeof applyEvents) =>
    transact(connection, async () => {
      await apply(connection, target, page);
      await onApplied();
    });
  try {
    await applyBy(applyEvents);
  } catch (error) {
    if (!isPoison(error)) throw error;
    await applyBy(applyCarefully);
  }
};

/** Applies everything from where the replay is to the end of the log, reading a page while the one before is written. */
export const replayToEnd = async (
  connection: Connection,
  { store, keepSealed }: ReplayPorts,
  target: Target,
  replay: Replay,
  { until, onApplied = () => Promise.resolve(), onPage = () => {} }: ReplayOptions = {},
): Promise<void> => {
  const read = (after: Position): Promise<Batch> => {
    const page = store.readAll(after, REPLAY_PAGE, { keepSealed });
    page.catch(() => undefined); // Awaited below, unless writing fails first.
    return page;
  };
  let ahead = read(replay.at);
  for (;;) {
    const whole = await ahead;
    const page = until === undefined ? whole : whole.filter(({ meta }) => meta.position <= until);
    const last = page.at(-1);
    if (last === undefined) return;
    ahead = read(last.meta.position);
    await applyPage(connection, target, page, () => onApplied(last.meta.position));
    replay.at = last.meta.position;
    replay.done += page.length;
    onPage();
  }
};
