// What the message list shows, row by row. A row depends on its message and the one before it only, and the oldest
// message held is not shown while older ones exist: so loading history adds rows and changes none.
import { type Message } from '../../../../application/contract/answers.ts';
import { type OutboxEntry } from '../outbox/outbox-entry.ts';

export type Row = {
  readonly key: string;
  readonly day: number | null; // Unix seconds of a day's first message: a separator goes above
  readonly head: boolean; // Shows avatar and name
  readonly isNew: boolean; // The new-messages divider goes above
} & (
  | { readonly type: 'message'; readonly message: Message }
  | { readonly type: 'pending'; readonly entry: OutboxEntry }
);

const GROUPING_SECS = 5 * 60;

export type RowsInput = {
  readonly messages: readonly Message[];
  readonly reachedStart: boolean;
  readonly pending: readonly OutboxEntry[];
  readonly self: string;
  readonly dividerId: string | null; // First message that is new to the reader
  readonly keyOf: (messageId: string) => string; // A message sent here keeps the key of its pending row
  readonly dayOf: (unixSeconds: number) => string; // Same text: same day for the reader
};

type Spoken = { readonly author: string; readonly at: number };

const starts = (before: Spoken | null, now: Spoken, dayOf: RowsInput['dayOf']) => {
  const day = before === null || dayOf(before.at) !== dayOf(now.at);
  const head = day || before.author !== now.author || now.at - before.at >= GROUPING_SECS;
  return { day: day ? now.at : null, head };
};

const same = (a: Row | undefined, b: Row): boolean =>
  a !== undefined && a.key === b.key && a.day === b.day && a.head === b.head && a.isNew === b.isNew;

const spokenBy = (message: Message | undefined): Spoken | null =>
  message === undefined ? null : { author: message.author_id, at: message.created_at_unix };

/** Makes rows, handing out the same object again for a row that didn't change, so that only changed rows render. */
export const createRows = () => {
  const made = new WeakMap<Message, Row>();

  const messageRow = (input: RowsInput, at: number): Row | null => {
    const message = input.messages[at];
    if (message === undefined) return null;
    const before = spokenBy(input.messages[at - 1]);
    const now = { author: message.author_id, at: message.created_at_unix };
    const isNew = message.message_id === input.dividerId;
    const { day, head } = starts(before, now, input.dayOf);
    const row: Row = {
      type: 'message',
      key: input.keyOf(message.message_id),
      message,
      day,
      head: head || isNew,
      isNew,
    };
    const known = made.get(message);
    if (known !== undefined && same(known, row)) return known;
    made.set(message, row);
    return row;
  };

  return (input: RowsInput): readonly Row[] => {
    const rows: Row[] = [];
    for (let at = input.reachedStart ? 0 : 1; at < input.messages.length; at += 1) {
      const row = messageRow(input, at);
      if (row !== null) rows.push(row);
    }
    let before = spokenBy(input.messages.at(-1));
    for (const entry of input.pending) {
      const now = { author: input.self, at: Math.floor(entry.createdAt / 1000) };
      rows.push({
        type: 'pending',
        key: entry.key,
        entry,
        isNew: false,
        ...starts(before, now, input.dayOf),
      });
      before = now;
    }
    return rows;
  };
};
