import { type Answer, type ApiFailure } from './http.ts';

/** Something fetched, in the four forms a list can be shown in; an old value stays while a new one loads. */
export type Loadable<A> =
  | { readonly state: 'loading'; readonly value: A | null }
  | { readonly state: 'ready'; readonly value: A }
  | { readonly state: 'failed'; readonly value: A | null; readonly failure: ApiFailure };

export const loading = <A>(value: A | null = null): Loadable<A> => ({ state: 'loading', value });

/** What a list becomes once its answer is here. */
export const settled = <A>(answer: Answer<A>, before: A | null): Loadable<A> =>
  answer._tag === 'Right'
    ? { state: 'ready', value: answer.right }
    : { state: 'failed', value: before, failure: answer.left };
