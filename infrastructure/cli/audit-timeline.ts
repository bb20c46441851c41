// `filament audit replay`: prints the log itself, one event a line, as far as it is asked for.
import { type TimelineFilter, type TimelineRow } from '../../application/audit/timeline.ts';
import {
  EVERY_SEALED_FIELD,
  isAskedFor,
  isPast,
  timelineRow,
} from '../../application/audit/timeline.ts';
import {
  type EventStore,
  type Recorded,
  type Undecodable,
} from '../../application/event-store/event-store.ts';
import { type Foundation } from '../server/foundation.ts';
import { CommandFailed, endProgress, showProgress } from './output.ts';

const PAGE = 2_000;

export type TimelineWish = {
  readonly filter: TimelineFilter;
  readonly limit: number | null;
  readonly follow: boolean;
  readonly reveal: boolean;
};

type Batch = readonly (Recorded | Undecodable)[];
type Reading = Pick<TimelineWish, 'filter' | 'follow' | 'reveal'>;

/** The events that stand in the log now, page by page. */
async function* stored(store: EventStore, { filter, reveal }: Reading): AsyncGenerator<Batch> {
  const head = await store.head();
  const options = reveal ? {} : { keepSealed: EVERY_SEALED_FIELD };
  let after = store.start;
  let read = 0;
  while (after < head) {
    const page = await store.readAll(after, PAGE, options);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page.filter(({ meta }) => meta.position <= head);
    after = last.meta.position;
    read += page.length;
    showProgress(`${read.toLocaleString('en')} events read`);
    if (isPast(filter, last)) return;
  }
}

const batches = (store: EventStore, reading: Reading, signal: AbortSignal): AsyncIterable<Batch> =>
  reading.follow
    ? store.subscribe(store.start, {
        signal,
        ...(!reading.reveal && { keepSealed: EVERY_SEALED_FIELD }),
      })
    : stored(store, reading);

/** Showing what people wrote is an act of its own: it is recorded before anything is shown, or nothing is. */
const recordReveal = async ({ store, clock, newUuid }: Foundation, filter: TimelineFilter) => {
  const appended = await store.append({
    stream: 'log',
    expected: 'any',
    events: [{ type: 'SealedTextsRevealed', data: { ...filter, at: clock.now() } }],
    context: { actor: 'operator', correlationId: newUuid() },
  })();
  if (appended._tag === 'Left')
    throw new CommandFailed(
      `The reveal could not be recorded (${appended.left.type}), so nothing is shown. Try again.`,
    );
};

const show = (value: unknown): string =>
  typeof value === 'string'
    ? /[\s"=]/.test(value)
      ? JSON.stringify(value)
      : value
    : JSON.stringify(value);

/** For people: when, who, what, and its fields. Times and guild are said once, not again in the fields. */
export const timelineText = (row: TimelineRow): string => {
  const fields = Object.entries(row.data)
    .filter(([name, value]) => name !== 'at' && value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${show(value)}`);
  const what = row.actions.length > 0 ? `${row.type} (${row.actions.join(', ')})` : row.type;
  const parts = [
    row.position.replace(/^0+(?=\d)/, '').padStart(8),
    row.time,
    row.actor,
    what,
    ...fields,
  ];
  if (row.undecodable !== null) parts.push(`can't be read: ${row.undecodable}`);
  return parts.join('  ');
};

/** Prints rows until there are no more, there were enough, or the signal comes; resolves to how many. */
export const printTimeline = async (
  foundation: Foundation,
  { filter, limit, follow, reveal }: TimelineWish,
  write: (row: TimelineRow) => void,
  signal: AbortSignal,
): Promise<number> => {
  if (reveal) await recordReveal(foundation, filter);
  let printed = 0;
  try {
    for await (const batch of batches(foundation.store, { filter, follow, reveal }, signal)) {
      for (const event of batch) {
        if (isPast(filter, event)) return printed;
        if (!isAskedFor(filter, event)) continue;
        endProgress();
        write(timelineRow(event, reveal));
        printed += 1;
        if (printed === limit) return printed;
      }
      if (signal.aborted) return printed;
    }
    return printed;
  } finally {
    endProgress();
  }
};
