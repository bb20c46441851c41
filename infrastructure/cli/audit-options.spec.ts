import { readActor, readMoment, readPosition, readTime, readType } from './audit-options.ts';

describe('the words of audit replay', () => {
  it.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T18:30', '2026-01-31T18:30:00.000Z'],
    ['2026-01-31 18:30:05.25', '2026-01-31T18:30:05.250Z'],
    ['2026-01-31T18:30:00+02:00', '2026-01-31T16:30:00.000Z'],
    ['2026-01-31T18:30:00Z', '2026-01-31T18:30:00.000Z'],
  ])('take %s for a time', (text, iso) => {
    expect(new Date(readTime(text)).toISOString()).toBe(iso);
    expect(readMoment(text)).toEqual({ time: readTime(text) });
  });
  it.each(['', 'now', '2026', '2026-1-1', '2026-02-31T25:00', '1969-01-01', '20260131T183000Z'])(
    'refuse %j as a time',
    (text) => expect(() => readTime(text)).toThrow('Give a time'),
  );
  it('take digits for a position, with or without zeros', () => {
    expect(readPosition('42')).toBe('00000000000000000042');
    expect(readPosition('00000000000000000042')).toBe('00000000000000000042');
    expect(readPosition('1'.repeat(40))).toBe('1'.repeat(40));
    expect(readMoment('42')).toEqual({ position: readPosition('42') });
    for (const text of ['', '-1', '1.5', '1'.repeat(21), '0x1'])
      expect(() => readPosition(text)).toThrow('Give a position');
  });
  it('take people by id, however it is written', () => {
    const id = '01J00000000000000000000ADA';
    for (const text of [id, id.toLowerCase(), `user:${id}`])
      expect(readActor(text)).toBe(`user:${id}`);
    expect(readActor('operator')).toBe('operator');
    expect(() => readActor('ada')).toThrow('Give a user id');
  });
  it('take types of events in any case', () => {
    expect(readType('messagedeleted')).toBe('MessageDeleted');
    expect(() => readType('Nothing')).toThrow('MessageDeleted');
  });
});
