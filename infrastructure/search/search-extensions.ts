// Two extensions that PostgreSQL ships with. Where an operator's database refuses them, searches go on with less.
import * as t from 'io-ts';
import { queryRows, type Pool } from '../postgres/database.ts';

export type SearchExtensions = {
  readonly fuzzy: boolean; // fuzzystrmatch: without it `word~` finds the word itself only
  readonly trigrams: boolean; // pg_trgm: without it `*word` reads all words of a guild
};

const Name = t.type({ extname: t.string });
const NAMES = ['fuzzystrmatch', 'pg_trgm'] as const;

/** Creates what is missing; `onRefused` is told of what the database doesn't allow. */
export const openSearchExtensions = async (
  pool: Pool,
  onRefused: (name: string, error: unknown) => void = () => {},
): Promise<SearchExtensions> => {
  const there = async () =>
    new Set(
      (await queryRows(pool, Name, 'SELECT extname FROM pg_extension')).map(
        ({ extname }) => extname,
      ),
    );
  const before = await there();
  for (const name of NAMES) {
    if (before.has(name)) continue;
    await pool
      .query(`CREATE EXTENSION IF NOT EXISTS ${name}`)
      .catch((error: unknown) => onRefused(name, error));
  }
  const found = await there();
  return { fuzzy: found.has('fuzzystrmatch'), trigrams: found.has('pg_trgm') };
};
