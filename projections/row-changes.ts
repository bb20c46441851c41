// Gathers changes of single rows into few statements over many rows, such that running those in turn gives the same
// tables as the changes one by one would.
import { type EventType } from '../application/event-store/event-catalogue.ts';
import { type Recorded } from '../application/event-store/event-store.ts';
import { type Projector, type Statement } from './projector.ts';

/** One statement over many rows: column i of all rows arrives as the array `$i`. */
export type ChangeKind = {
  readonly sql: string;
  /** Which of two changes of one row counts when both are in one statement. */
  readonly repeated: 'first' | 'last';
  /**
   * Whether an earlier change of the same row can be forgotten. Only for changes after which neither that row nor rows
   * that depend on it can tell whether the earlier one happened.
   */
  readonly supersedes: boolean;
  readonly plannedOnce: boolean; // See Statement
};

type RowChange = {
  readonly key: string; // Names what is written
  readonly reads?: string; // Names what must stand as it did at this moment for the change to mean the same
  readonly alsoReads?: string;
  readonly row: readonly unknown[];
};

export type RowChanges = {
  readonly add: (kind: ChangeKind, change: RowChange) => void;
  readonly statements: () => readonly Statement[];
};

type Run = { readonly kind: ChangeKind; readonly rows: Map<string, readonly unknown[]> };

const columnsOf = (rows: Iterable<readonly unknown[]>): readonly unknown[][] => {
  const columns: unknown[][] = [];
  for (const row of rows) {
    for (let i = 0; i < row.length; i += 1) (columns[i] ??= []).push(row[i]);
  }
  return columns;
};

export const createRowChanges = (): RowChanges => {
  const runs: Run[] = [];
  const ofKind = new Map<ChangeKind, number[]>();
  const written = new Map<string, number>(); // The last run that wrote a key
  const read = new Map<string, number>();

  const runFrom = (kind: ChangeKind, earliest: number): number => {
    const indexes = ofKind.get(kind);
    const found = indexes?.find((index) => index >= earliest);
    if (found !== undefined) return found;
    const index = runs.push({ kind, rows: new Map() }) - 1;
    if (indexes === undefined) ofKind.set(kind, [index]);
    else indexes.push(index);
    return index;
  };

  const afterWrite = (key: string | undefined): number =>
    key === undefined ? 0 : (written.get(key) ?? -1) + 1;
  const noteRead = (key: string | undefined, index: number): void => {
    if (key !== undefined) read.set(key, Math.max(index, read.get(key) ?? 0));
  };

  const add = (kind: ChangeKind, { key, reads, alsoReads, row }: RowChange): void => {
    const lastWrite = written.get(key);
    const afterReads = (read.get(key) ?? -1) + 1;
    const afterBasis = Math.max(afterWrite(reads), afterWrite(alsoReads));
    // Reads of one thing commute, so they need not be kept apart; a run has one kind, so it may hold its key's last write.
    const index = runFrom(kind, Math.max(lastWrite ?? 0, afterReads, afterBasis));
    if (kind.supersedes && lastWrite !== undefined && lastWrite !== index)
      runs[lastWrite]?.rows.delete(key);
    const rows = runs[index]?.rows;
    if (kind.repeated === 'last' || rows?.has(key) === false) rows?.set(key, row);
    written.set(key, index);
    noteRead(reads, index);
    noteRead(alsoReads, index);
  };

  return {
    add,
    statements: () =>
      runs
        .filter(({ rows }) => rows.size > 0)
        .map(({ kind: { sql, plannedOnce }, rows }) => ({
          sql,
          values: columnsOf(rows.values()),
          plannedOnce,
        })),
  };
};

/** What a projector takes and does, from how one event of those types changes rows. */
export const projectByRows = <Type extends EventType>(
  types: readonly Type[],
  change: (changes: RowChanges, event: Extract<Recorded, { readonly type: Type }>) => void,
): Pick<Projector, 'takes' | 'project'> => {
  const takes: ReadonlySet<EventType> = new Set(types);
  const isTaken = (event: Recorded): event is Extract<Recorded, { readonly type: Type }> =>
    takes.has(event.type);
  return {
    takes,
    project: (events) => {
      const changes = createRowChanges();
      for (const event of events) if (isTaken(event)) change(changes, event);
      return changes.statements();
    },
  };
};

type Columns = readonly (readonly [name: string, type: string])[];

const names = (columns: Columns): string => columns.map(([name]) => name).join(', ');
const unnest = (columns: Columns): string =>
  `unnest(${columns.map(([, type], i) => `$${i + 1}::${type}[]`).join(', ')})`;
const agree = (columns: Columns, a: string, b: string): string =>
  columns.map(([name]) => `${a}.${name} = ${b}.${name}`).join(' AND ');
const assign = (columns: Columns, from: string): string =>
  columns.map(([name]) => `${name} = ${from}.${name}`).join(', ');

const kind = (sql: string, repeated: ChangeKind['repeated']): ChangeKind => ({
  sql,
  repeated,
  supersedes: false,
  plannedOnce: false,
});

/** The same kind, of changes that let an earlier one of the same row be forgotten (see ChangeKind). */
export const superseding = (base: ChangeKind): ChangeKind => ({ ...base, supersedes: true });

/** Inserts rows; those whose primary key is there stay as they are. It reads no table, so any plan of it is right. */
export const insertKind = (table: string, columns: Columns): ChangeKind => ({
  ...kind(
    `INSERT INTO {schema}.${table} (${names(columns)})
      SELECT * FROM ${unnest(columns)} ON CONFLICT DO NOTHING`,
    'first',
  ),
  plannedOnce: true,
});

/** Inserts rows, or replaces those with the same key: the first `keys` columns. */
export const replaceKind = (table: string, keys: number, columns: Columns): ChangeKind =>
  kind(
    `INSERT INTO {schema}.${table} (${names(columns)}) SELECT * FROM ${unnest(columns)}
      ON CONFLICT (${names(columns.slice(0, keys))}) DO UPDATE
      SET ${assign(columns.slice(keys), 'excluded')}`,
    'last',
  );

/** Inserts or replaces rows whose parent is there: a row of `parent` that agrees in the first `parentKeys` columns. */
export const replaceUnderKind = (
  table: string,
  { parent, parentKeys, keys }: { parent: string; parentKeys: number; keys: number },
  columns: Columns,
): ChangeKind => {
  const rest = columns.slice(keys);
  const action = rest.length === 0 ? 'DO NOTHING' : `DO UPDATE SET ${assign(rest, 'excluded')}`;
  return kind(
    `INSERT INTO {schema}.${table} (${names(columns)})
      SELECT new.* FROM ${unnest(columns)} AS new (${names(columns)})
      WHERE EXISTS (SELECT FROM {schema}.${parent} AS p
        WHERE ${agree(columns.slice(0, parentKeys), 'p', 'new')})
      ON CONFLICT (${names(columns.slice(0, keys))}) ${action}`,
    'last',
  );
};

/** Sets the columns after the first `keys` ones in the rows with that key, if they are there. */
export const updateKind = (table: string, keys: number, columns: Columns): ChangeKind =>
  kind(
    `UPDATE {schema}.${table} AS old SET ${assign(columns.slice(keys), 'new')}
      FROM ${unnest(columns)} AS new (${names(columns)})
      WHERE ${agree(columns.slice(0, keys), 'old', 'new')}`,
    'last',
  );

/** Deletes the rows in which these columns are so. */
export const deleteKind = (table: string, columns: Columns): ChangeKind =>
  kind(
    `DELETE FROM {schema}.${table} AS old USING ${unnest(columns)} AS gone (${names(columns)})
      WHERE ${agree(columns, 'old', 'gone')}`,
    'last',
  );
