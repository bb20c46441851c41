// What a command prints: one JSON value with --json, else lines for people. Errors go to standard error.

/** A failure the user can do something about: printed without a stack, exit code 1. */
export class CommandFailed extends Error {}

export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

export type Row = Readonly<Record<string, string | number | null>>;

/** Rows as a table with aligned columns, the first row's keys as its head. */
export const textTable = (rows: readonly Row[]): string => {
  const [first] = rows;
  if (!first) return '(none)';
  const columns = Object.keys(first);
  const cells = [
    columns,
    ...rows.map((row) => columns.map((column) => String(row[column] ?? '–'))),
  ];
  const widths = columns.map((_, index) =>
    Math.max(...cells.map((line) => line[index]?.length ?? 0)),
  );
  return cells
    .map((line) =>
      line
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

export const print = (json: boolean, value: unknown, text: string): void => {
  process.stdout.write(`${json ? JSON.stringify(value) : text}\n`);
};

/** Progress on one line that rewrites itself on a terminal; silent elsewhere, where it would only fill a file. */
export const showProgress = (line: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}`);
};
export const endProgress = (): void => {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
};
