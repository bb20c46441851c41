import * as fc from 'fast-check';
import { type OutboxEntry } from '../outbox/outbox-entry.ts';
import { createRows, type RowsInput } from './rows.ts';
import { ANN, BEN, message, NOON } from './testing/sample-messages.ts';

const dayOf = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);
const input = (fields: Partial<RowsInput>): RowsInput => ({
  messages: [],
  reachedStart: true,
  pending: [],
  self: ANN,
  dividerId: null,
  keyOf: (id) => id,
  dayOf,
  ...fields,
});
const entry = (key: string, at: number): OutboxEntry => ({
  key,
  guildId: 'g',
  channelId: 'c',
  content: key,
  createdAt: at,
  problem: null,
});
const MINUTE = 60_000;

describe('rows', () => {
  it('groups what one author says within five minutes', () => {
    const messages = [
      message(1, { at: NOON }),
      message(2, { at: NOON + 5 * MINUTE - 1000 }),
      message(3, { at: NOON + 10 * MINUTE - 1000 }),
      message(4, { at: NOON + 10 * MINUTE, author: BEN }),
    ];
    expect(createRows()(input({ messages })).map(({ head }) => head)).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('separates days, also within a group', () => {
    const messages = [
      message(1, { at: NOON + 12 * 60 * MINUTE - 1000 }),
      message(2, { at: NOON + 12 * 60 * MINUTE + 1000 }),
    ];
    const rows = createRows()(input({ messages }));
    expect(rows.map(({ day }) => day !== null)).toEqual([true, true]);
    expect(rows[1]?.head).toBe(true);
  });

  it('marks the first new message, which starts a group of its own', () => {
    const messages = [message(1), message(2), message(3)];
    const rows = createRows()(input({ messages, dividerId: message(2).message_id }));
    expect(rows.map(({ isNew }) => isNew)).toEqual([false, true, false]);
    expect(rows[1]?.head).toBe(true);
  });

  it('puts what is being sent last, and lets a sent message keep its row', () => {
    const rows = createRows()(
      input({ messages: [message(1)], pending: [entry('k1', NOON + 2 * MINUTE)] }),
    );
    expect(rows.map(({ type, head }) => [type, head])).toEqual([
      ['message', true],
      ['pending', false],
    ]);
    const sent = createRows()(input({ messages: [message(1)], keyOf: () => 'k1' }));
    expect(sent[0]?.key).toBe('k1');
  });

  it('changes no row when older messages are loaded, wherever the pages break', () => {
    const authors = fc.array(fc.constantFrom(ANN, BEN), { minLength: 2, maxLength: 40 });
    const gaps = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(authors, gaps, fc.nat(), (who, minutes, cut) => {
        let at = NOON;
        const all = who.map((author, n) => {
          at += (minutes[n] ?? 1) * MINUTE;
          return message(n, { author, at });
        });
        const from = cut % all.length;
        const rows = createRows();
        const before = rows(input({ messages: all.slice(from), reachedStart: false }));
        const after = rows(input({ messages: all, reachedStart: true }));
        expect(after.slice(after.length - before.length)).toEqual(before);
        for (const [index, row] of before.entries())
          expect(after[after.length - before.length + index]).toBe(row);
      }),
    );
  });
});
