import { bestMatches, matchScore } from './match.ts';

const choice = (name: string, unread = false) => ({ key: name, name, unread });
const namesFor = (query: string, choices: readonly ReturnType<typeof choice>[]) =>
  bestMatches(query, choices, 3).map(({ name }) => name);

describe('quick switcher', () => {
  it('finds letters in order, whatever their case', () => {
    expect(matchScore('GL', 'glaze-lab')).toBeGreaterThan(0);
    expect(matchScore('lg', 'glaze')).toBe(Number.NEGATIVE_INFINITY);
  });

  it('prefers whole words, then word starts, then the shorter name', () => {
    const all = ['firing-log', 'log', 'glaze-lab', 'catalog-of-things'].map((name) => choice(name));
    expect(namesFor('log', all)).toEqual(['log', 'firing-log', 'catalog-of-things']);
    expect(namesFor('gl', [choice('single'), choice('glaze-lab'), choice('green-land')])[0]).toBe(
      'glaze-lab',
    );
  });

  it('shows unread places first while nothing is typed, and never more than asked for', () => {
    const all = [choice('a'), choice('b', true), choice('c'), choice('d')];
    expect(namesFor('', all)).toEqual(['b', 'a', 'c']);
  });
});
