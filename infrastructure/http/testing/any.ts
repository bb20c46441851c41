import * as t from 'io-ts';

/** The declaration of a route that exists for a test only, spread into its definition. */
export const ANY = { summary: 'Of a test.', answer: t.unknown, failures: ['forbidden'] } as const;
