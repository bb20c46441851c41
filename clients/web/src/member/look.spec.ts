import { hueOf, initialsOf } from './look.ts';

describe('looks', () => {
  it.each([
    ['Kiln Workshop', 'KW'],
    ['tamsin', 'TA'],
    ['coil_pot', 'CP'],
    ['x', 'X'],
    ['', ''],
    ['🔥🏺', '🔥🏺'],
  ])('shortens %p to %p', (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });

  it('gives everyone one of eight hues, always the same', () => {
    const hues = Array.from({ length: 200 }, (_, at) => hueOf(`01ARZ3NDEKTSV4RRFFQ69G5F${at}`));
    expect(new Set(hues)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]));
    expect(hueOf('01ARZ3NDEKTSV4RRFFQ69G5FAV')).toBe(hueOf('01ARZ3NDEKTSV4RRFFQ69G5FAV'));
  });
});
