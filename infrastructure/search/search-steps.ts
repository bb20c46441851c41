// The steps of one search, all within its time: a step that is late is given up, and so is the search after it.
import { isLeft } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { type Pool } from '../postgres/database.ts';

export type SearchStatement<Row> = {
  readonly name: string;
  readonly sql: string;
  readonly row: t.Type<Row, unknown>;
};

/** Rejects with OutOfTime once the time of the search is up. */
export type Step = <Row>(
  statement: SearchStatement<Row>,
  values: readonly unknown[],
) => Promise<readonly Row[]>;

export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

const QUERY_CANCELED = '57014'; // statement_timeout

const isCancelled = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === QUERY_CANCELED;

export const createSteps = (pool: Pool, timeoutMs: number): Step => {
  const deadline = performance.now() + timeoutMs;
  const withinTime = async <A>(work: () => Promise<A>): Promise<A> => {
    const left = deadline - performance.now();
    if (left <= 0) throw new OutOfTime();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new OutOfTime()), left);
    });
    const working = work();
    working.catch(() => undefined); // Given up: its error, likely a cancellation, is nobody's any more.
    try {
      return await Promise.race([working, late]);
    } catch (error) {
      throw isCancelled(error) ? new OutOfTime() : error;
    } finally {
      clearTimeout(timer);
    }
  };
  return async ({ name, sql, row }, values) => {
    const { rows } = await withinTime(() =>
      pool.query<Record<string, unknown>>({ name, text: sql, values: [...values] }),
    );
    return rows.map((found) => {
      const decoded = row.decode(found);
      if (isLeft(decoded)) throw new Error(`A row of ${name} is not as expected.`);
      return decoded.right;
    });
  };
};
