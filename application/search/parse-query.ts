// The query language (base contract 5.7): our own recursive descent, so that no query text ever reaches a parser of the
// database, and each leaf is bounded before anything runs.
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { type QueryAst } from './query-ast.ts';
import { quotedLeaf, wordLeaf, type LeafOutcome } from './query-leaf.ts';

export const QUERY_TERMS_MAX = 20; // Between white space, and of leaves
export const QUERY_PATTERNS_MAX = 4; // `*` and `?`: each is a walk through the terms
export const QUERY_TILDES_MAX = 2;
export const QUERY_DEPTH_MAX = 8;

type Occurrence = 'must' | 'should' | 'mustNot';
type Clause = { readonly occurrence: Occurrence; readonly node: QueryAst | null };
type Parsed<T> = T | 'invalid';

// A symbol, a quoted text with its suffixes, or a word up to the next of these. A quote left open makes no lexeme.
const LEXEME =
  /\s*(?:(?<symbol>[()]|[+-](?=[^\s)]))|"(?<quoted>[^"]*)"(?<tilde>~(?<slop>\d*))?(?:\^\d+(?:\.\d+)?)?|(?<word>[^\s()"]+))/y;
const OPERATOR = /^(?:AND|OR|NOT)$/;
const BOOST = /\^\d+(?:\.\d+)?$/;

type Lexeme =
  | { readonly type: 'symbol'; readonly symbol: string }
  | { readonly type: 'leaf'; readonly leaf: LeafOutcome };

const lexemesOf = (text: string): Parsed<readonly Lexeme[]> => {
  const lexemes: Lexeme[] = [];
  LEXEME.lastIndex = 0;
  while (LEXEME.lastIndex < text.length) {
    const groups = LEXEME.exec(text)?.groups;
    if (groups === undefined) return 'invalid';
    const { symbol, quoted, tilde, slop, word } = groups;
    if (word === '+' || word === '-') return 'invalid'; // It stands before nothing.
    const operator = symbol ?? (word !== undefined && OPERATOR.test(word) ? word : undefined);
    if (operator !== undefined) lexemes.push({ type: 'symbol', symbol: operator });
    else if (quoted !== undefined)
      lexemes.push({
        type: 'leaf',
        leaf: quotedLeaf(quoted, tilde === undefined ? null : (slop ?? '')),
      });
    else lexemes.push({ type: 'leaf', leaf: wordLeaf((word ?? '').replace(BOOST, '')) });
  }
  return lexemes;
};

const count = (text: string, mark: RegExp): number => text.match(mark)?.length ?? 0;

const isWithinBounds = (text: string, bytesMax: number): boolean =>
  text !== '' &&
  Buffer.byteLength(text) <= bytesMax &&
  !/[:\0]/.test(text) &&
  text.split(/\s+/).length <= QUERY_TERMS_MAX &&
  count(text, /[*?]/g) <= QUERY_PATTERNS_MAX &&
  count(text, /~/g) <= QUERY_TILDES_MAX;

// Clauses whose words have no letters are gone (null). Excluding alone names nothing to look for.
const combine = (clauses: readonly Clause[]): Parsed<QueryAst | null> => {
  if (clauses.every(({ occurrence }) => occurrence === 'mustNot')) return 'invalid';
  const of = (wanted: Occurrence) =>
    clauses.flatMap(({ occurrence, node }) =>
      occurrence === wanted && node !== null ? [node] : [],
    );
  const [must, should, mustNot] = [of('must'), of('should'), of('mustNot')];
  const [first, ...others] = [...must, ...should];
  if (first === undefined) return null;
  if (others.length === 0 && mustNot.length === 0) return first;
  return { type: 'boolean', must, should, mustNot };
};

/** Reads the lexemes; AND binds tighter than OR, and words side by side mean OR. */
const createReader = (lexemes: readonly Lexeme[]) => {
  let at = 0;
  const symbolNext = (): string | null => {
    const next = lexemes[at];
    return next?.type === 'symbol' ? next.symbol : null;
  };
  const took = (symbol: string): boolean => {
    const isNext = symbolNext() === symbol;
    if (isNext) at++;
    return isNext;
  };

  const primary = (depth: number): Parsed<QueryAst | null> => {
    if (took('(')) {
      const inner = sequence(depth + 1);
      return inner !== 'invalid' && took(')') ? inner : 'invalid';
    }
    const next = lexemes[at];
    if (next?.type !== 'leaf') return 'invalid';
    at++;
    return next.leaf;
  };
  const clause = (depth: number): Parsed<Clause> => {
    let occurrence: Occurrence = 'should';
    if (took('+')) occurrence = 'must';
    else if (took('-') || took('NOT')) occurrence = 'mustNot';
    const node = primary(depth);
    return node === 'invalid' ? 'invalid' : { occurrence, node };
  };
  const conjunction = (depth: number): Parsed<Clause> => {
    const first = clause(depth);
    if (first === 'invalid' || symbolNext() !== 'AND') return first;
    const clauses = [first];
    while (took('AND')) {
      const next = clause(depth);
      if (next === 'invalid') return 'invalid';
      clauses.push(next);
    }
    const node = combine(
      clauses.map((one) => (one.occurrence === 'should' ? { ...one, occurrence: 'must' } : one)),
    );
    return node === 'invalid' ? 'invalid' : { occurrence: 'should', node };
  };
  const sequence = (depth: number): Parsed<QueryAst | null> => {
    if (depth > QUERY_DEPTH_MAX) return 'invalid';
    const clauses: Clause[] = [];
    do {
      const next = conjunction(depth);
      if (next === 'invalid') return 'invalid';
      clauses.push(next);
    } while (took('OR') || (at < lexemes.length && symbolNext() !== ')'));
    return combine(clauses);
  };
  return { sequence, isAtEnd: () => at === lexemes.length };
};

/** What a query asks for. `bytesMax` bounds the trimmed text (limits.searchQueryBytesMax). */
export const parseQuery = (
  text: string,
  { bytesMax }: { readonly bytesMax: number },
): Either<'InvalidQuery', QueryAst> => {
  const trimmed = text.trim();
  if (!isWithinBounds(trimmed, bytesMax)) return left('InvalidQuery');
  const lexemes = lexemesOf(trimmed);
  if (lexemes === 'invalid') return left('InvalidQuery');
  if (lexemes.filter(({ type }) => type === 'leaf').length > QUERY_TERMS_MAX)
    return left('InvalidQuery');
  const reader = createReader(lexemes);
  const query = reader.sequence(0);
  if (query === 'invalid' || !reader.isAtEnd()) return left('InvalidQuery');
  return right(query ?? { type: 'nothing' });
};
