// Plays the log into tables that nobody reads yet.
import { type Position } from '../../application/event-store/event-log.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { type Connection, type Pool } from '../postgres/database.ts';
import { applyCarefully, applyEvents, type Batch, type Target } from './apply-events.ts';
import { FULL_SPEED, type Pace } from './pace.ts';
import { isPoison } from './poison.ts';
import { transact } from './projection-session.ts';

export type ReplayPorts = {
  readonly pool: Pool;
  readonly store: Pick<EventStore, 'start' | 'readAll' | 'head'>;
  /** Of all projectors that share the live feed, so that both see the same events. */
  readonly keepSealed: ReadonlySet<string>;
  /** At full speed without it. */
  readonly pace?: Pace;
};

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

type Page = {
  readonly events: Batch;
  readonly reached: Position; // The log holds no other of these up to there: the head, when there are no more
  readonly isLast: boolean;
};

/** The next events that a projector takes. */
const readPage = async (
  { store, keepSealed, pace = FULL_SPEED }: ReplayPorts,
  { projector }: Target,
  after: Position,
  until: Position | undefined,
): Promise<Page> => {
  const limit = pace.pageSize();
  const head = await store.head(); // Before, so that nothing up to there can be missed
  const read = await store.readAll(after, limit, { keepSealed, types: [...projector.takes] });
  const last = read.at(-1)?.meta.position ?? after;
  const isLast = read.length < limit;
  const reached = isLast && head > last ? head : last;
  if (until === undefined || reached < until) return { events: read, reached, isLast };
  const events = read.filter(({ meta }) => meta.position <= until);
  return { events, reached: until, isLast: true };
};

/**
 * Applies everything from where the replay is to the end of the log as it is when the last page is read: what is written
 * meanwhile would have it go on for ever. At full speed a page is read while the one before is written.
 */
export const replayToEnd = async (
  connection: Connection,
  ports: ReplayPorts,
  target: Target,
  replay: Replay,
  { until, onApplied = () => Promise.resolve(), onPage = () => {} }: ReplayOptions = {},
): Promise<void> => {
  const { pace = FULL_SPEED } = ports;
  const read = (after: Position): Promise<Page> => {
    const page = readPage(ports, target, after, until);
    page.catch(() => undefined); // Awaited below, unless writing fails first.
    return page;
  };
  if (until !== undefined && until <= replay.at) return;
  let ahead = read(replay.at);
  for (;;) {
    const begun = performance.now();
    const { events, reached, isLast } = await ahead;
    if (pace.readsAhead && !isLast) ahead = read(reached);
    await applyPage(connection, target, events, () => onApplied(reached));
    replay.at = reached;
    replay.done += events.length;
    onPage();
    if (isLast) return;
    if (pace.readsAhead) continue;
    await pace.rest(events.length, performance.now() - begun);
    ahead = read(reached);
  }
};
