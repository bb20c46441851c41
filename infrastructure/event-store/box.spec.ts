import * as fc from 'fast-check';
import { openBox, sealBox, type BoxPlace } from './box.ts';

const key = Buffer.alloc(32, 3);
const place: BoxPlace = { eventId: 'e', type: 'MessagePosted', version: 1, path: 'content' };

describe('a box', () => {
  it('opens with its key at its place, to the same text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(openBox(sealBox(text, key, place), key, place)).toBe(text);
      }),
    );
  });

  it('never looks the same twice', () => {
    const boxes = Array.from({ length: 2_000 }, () => sealBox('again', key, place));
    expect(new Set(boxes).size).toBe(boxes.length);
  });

  it.each<[string, Partial<BoxPlace>]>([
    ['event', { eventId: 'f' }],
    ['type', { type: 'MessageEdited' }],
    ['version', { version: 2 }],
    ['field', { path: 'emoji' }],
    ['framing', { eventId: 'e","MessagePosted', type: '' }],
  ])('does not open at another %s', (_, elsewhere) => {
    expect(openBox(sealBox('text', key, place), key, { ...place, ...elsewhere })).toBeNull();
  });

  it('does not open with another key', () => {
    expect(openBox(sealBox('text', key, place), Buffer.alloc(32, 4), place)).toBeNull();
  });

  it('does not open when any of its bits is flipped', () => {
    const box = sealBox('text', key, place);
    const bytes = Buffer.from(box.slice(1), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(openBox(`1${flipped.toString('base64url')}`, key, place)).toBeNull();
    }
  });

  it('does not open when it is no box', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(openBox(text, key, place)).toBeNull();
        expect(openBox(`1${text}`, key, place)).toBeNull();
      }),
    );
  });
});
