import * as fc from 'fast-check';
import { decodeTime, isValid } from 'ulid';
import { auditId, firstAuditIdAt } from './audit-id.ts';

const LATEST = 2 ** 48 - 1;
const postgres = fc.bigInt(0n, 2n ** 63n - 1n).map((n) => String(n).padStart(20, '0'));
const kurrent = fc.tuple(postgres, postgres).map(([commit, prepare]) => commit + prepare);
const time = fc.nat({ max: LATEST });
const row = fc.nat({ max: 15 });

describe('the id of an audit row', () => {
  it('is a ULID of its time', () => {
    fc.assert(
      fc.property(time, fc.oneof(postgres, kurrent), row, (at, position, number) => {
        const id = auditId(at, position, number);
        expect(isValid(id)).toBe(true);
        expect(decodeTime(id)).toBe(at);
        expect(id >= firstAuditIdAt(at)).toBe(true);
        expect(at === LATEST || id < firstAuditIdAt(at + 1)).toBe(true);
      }),
    );
  });
  it('is different for each row, in the order of the log', () => {
    fc.assert(
      fc.property(time, fc.uniqueArray(postgres, { maxLength: 9 }), (at, positions) => {
        const ids = [...positions]
          .sort()
          .flatMap((position) => [0, 1, 2].map((number) => auditId(at, position, number)));
        expect(ids).toEqual([...new Set(ids)].sort());
      }),
    );
  });
});
