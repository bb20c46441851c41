// How readers ask the read models; they know SQL and rows, never connections.
import type * as t from 'io-ts';

export type ReadStatement<Row> = {
  readonly name: string; // Of the prepared statement, unique and fixed per text
  readonly sql: string;
  readonly row: t.Type<Row, unknown>;
};

/** The rows of a statement, checked; throws on a row its codec refuses and when the database is away. */
export type ReadModelQuery = <Row>(
  statement: ReadStatement<Row>,
  values: readonly unknown[],
) => Promise<readonly Row[]>;
