import fc from 'fast-check';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { UserId } from '../../domain/shared/ids.ts';
import { createNewId } from './clock-and-ids.ts';

describe('new ids', () => {
  it('are valid and sort in the order they were made, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 44 }), { maxLength: 200 }), (times) => {
        let now = 0;
        const newId = createNewId({ now: () => now as Timestamp });
        const ids = times.map((time) => {
          now = time;
          return newId<'User'>();
        });
        expect(ids.every((id) => UserId.is(id))).toBe(true);
        expect([...ids].sort()).toEqual(ids);
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });

  it('sort after the newest there was, though the clock was set back in between', () => {
    const last = createNewId({ now: () => 5000 as Timestamp })<'Message'>();
    const newId = createNewId({ now: () => 1000 as Timestamp }, last);
    expect(newId<'Message'>() > last).toBe(true);
  });
});
