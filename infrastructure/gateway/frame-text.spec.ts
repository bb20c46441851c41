import fc from 'fast-check';
import { frameText } from './frame-text.ts';

const isSorted = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.every(isSorted);
  if (typeof value !== 'object' || value === null) return true;
  const keys = Object.keys(value).filter((key) => !/^\d+$/.test(key));
  return (
    keys.every((key, index) => index === 0 || (keys[index - 1] ?? '') < key) &&
    Object.values(value).every(isSorted)
  );
};

describe('frame text', () => {
  it('is compact, its envelope in the order v, t, d and its data sorted at every depth', () => {
    expect(frameText({ t: 'x', d: { b: [{ z: 1, a: null }], a: 'é"' } })).toBe(
      '{"v":1,"t":"x","d":{"a":"é\\"","b":[{"a":null,"z":1}]}}',
    );
  });

  it('leaves absent keys out and never makes invalid UTF-8', () => {
    expect(frameText({ t: 'x', d: { a: undefined, b: '\ud800' } })).toBe(
      '{"v":1,"t":"x","d":{"b":"\\ud800"}}',
    );
  });

  it('says what it was given', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (d) => {
        const parsed = JSON.parse(frameText({ t: 'x', d })) as { d: unknown };
        expect(JSON.stringify(parsed.d)).toHaveLength(JSON.stringify(d).length);
        expect(parsed.d).toEqual(JSON.parse(JSON.stringify(d)));
        expect(isSorted(parsed.d)).toBe(true);
      }),
    );
  });
});
