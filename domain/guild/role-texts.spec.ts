import { colorHexOf, roleNameOf } from './role-texts.ts';

describe('the name of a role', () => {
  it.each([
    ['a', 'a'],
    ['  Deep Sea ', 'Deep Sea'],
    ['a'.repeat(32), 'a'.repeat(32)],
    ['é'.repeat(16), 'é'.repeat(16)],
    ['🪼'.repeat(8), '🪼'.repeat(8)],
    ['@Everyone', '@Everyone'],
    ['moderator', 'moderator'],
  ])('may be %j', (text, name) => expect(roleNameOf(text)).toBe(name));
  it.each([
    '',
    '   ',
    'a'.repeat(33),
    'é'.repeat(17),
    '€'.repeat(11),
    '🪼'.repeat(9),
    'a\nb',
    'a\u0000b',
    'a\u007f',
    '\ud800',
    '@everyone',
    ' @everyone ',
    'Workspace_Owner',
  ])('may not be %j', (text) => expect(roleNameOf(text)).toBeNull());
});

describe('the colour of a role', () => {
  it('is stored in upper case', () => expect(colorHexOf(' #a0b1c2 ')).toBe('#A0B1C2'));
  it.each(['', '#fff', 'a0b1c2', '#a0b1c2d', '#g0b1c2', '#a0b1c2\n#'])('may not be %j', (text) =>
    expect(colorHexOf(text)).toBeNull(),
  );
});
