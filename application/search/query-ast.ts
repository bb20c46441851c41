// What a search asks for, independent of the index that answers.

export type QueryLeaf =
  | { readonly type: 'term'; readonly term: string }
  | { readonly type: 'prefix'; readonly prefix: string }
  /** Folded letters with `*` for any characters and `?` for one; at least one letter. */
  | { readonly type: 'wildcard'; readonly pattern: string }
  | { readonly type: 'fuzzy'; readonly term: string; readonly distance: 1 | 2 }
  | {
      readonly type: 'phrase';
      readonly words: readonly { readonly term: string; readonly offset: number }[]; // From the first; at least two
      readonly endsInPrefix: boolean; // The last word is the beginning of one
      readonly slop: number; // How far words may stand from their place; 0 for a phrase as written
    };

export type QueryAst =
  | QueryLeaf
  /** Matches what meets every `must`, none of `mustNot` and, without a `must`, at least one `should`; they all score. */
  | {
      readonly type: 'boolean';
      readonly must: readonly QueryAst[];
      readonly should: readonly QueryAst[];
      readonly mustNot: readonly QueryAst[];
    }
  /** No letter in it anywhere: valid, and finds nothing. */
  | { readonly type: 'nothing' };
