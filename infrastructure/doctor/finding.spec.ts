import { failed, look, ok } from './finding.ts';
import { diskFinding } from './machine.ts';

const MIB = 1024 * 1024;

describe('what a doctor finds', () => {
  it('hides nothing when one look fails', async () => {
    const broken = await look('disk', () => Promise.reject(new Error('no such folder')));
    expect(broken).toMatchObject([{ about: 'disk', outcome: 'failed', found: 'no such folder' }]);
    const both = [ok('a', 'well'), failed('b', 'not', 'mend it')];
    expect(await look('more', () => Promise.resolve(both))).toEqual(both);
  });

  it.each([
    [1024 * MIB, 'ok'],
    [1024 * MIB - 1, 'warning'],
    [200 * MIB, 'warning'],
    [200 * MIB - 1, 'failed'],
  ])('calls %i bytes of free room %s', (free, outcome) => {
    expect(diskFinding(free, '/data').outcome).toBe(outcome);
  });
});
