// Fuzzy finding for the quick switcher: letters in order, and better the closer together and the nearer to word starts.

const NO_MATCH = Number.NEGATIVE_INFINITY;
const START = 8;
const ADJACENT = 5;
const GAP = -0.2;

const isStart = (name: string, at: number) => at === 0 || /[\s._-]/.test(name[at - 1] ?? '');

/** How well `query` fits `name`; -Infinity when its letters aren't there in order. Case doesn't count. */
export const matchScore = (query: string, name: string): number => {
  const [wanted, letters] = [query.toLowerCase(), name.toLowerCase()];
  const exact = letters.indexOf(wanted);
  if (exact >= 0 && wanted !== '')
    return 100 + (isStart(letters, exact) ? START : 0) - letters.length * 0.1;
  let score = 0;
  let from = 0;
  for (const letter of wanted) {
    const at = letters.indexOf(letter, from);
    if (at < 0) return NO_MATCH;
    score += isStart(letters, at) ? START : at === from && from > 0 ? ADJACENT : GAP * (at - from);
    from = at + 1;
  }
  return score - letters.length * 0.1;
};

export type Choice = {
  readonly key: string;
  readonly name: string;
  readonly unread: boolean;
};

/** The best `limit` choices; those with something unread first when nothing is typed or the fit is equal. */
export const bestMatches = <A extends Choice>(
  query: string,
  choices: readonly A[],
  limit: number,
): readonly A[] =>
  choices
    .map((choice) => ({ choice, score: matchScore(query.trim(), choice.name) }))
    .filter(({ score }) => score !== NO_MATCH)
    .toSorted((a, b) =>
      query.trim() === ''
        ? Number(b.choice.unread) - Number(a.choice.unread)
        : b.score - a.score || Number(b.choice.unread) - Number(a.choice.unread),
    )
    .slice(0, limit)
    .map(({ choice }) => choice);
