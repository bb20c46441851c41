// Rebuilds every projection beside the running server and holds it against what the live one was.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as t from 'io-ts';
import { isLeft } from 'fp-ts/lib/Either.js';

const Sums = t.type({
  tables: t.array(
    t.type({ projection: t.string, table: t.string, rows: t.number, checksum: t.string }),
  ),
});

const filament = async (
  environment: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<unknown> => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['dist/server/filament.js', 'projections', ...args, '--json'],
    { env: { PATH: process.env['PATH'] ?? '', ...environment }, maxBuffer: 16 * 1024 * 1024 },
  );
  return JSON.parse(stdout);
};

const checksums = async (environment: Readonly<Record<string, string>>) => {
  const sums = Sums.decode(await filament(environment, ['checksum']));
  if (isLeft(sums)) throw new Error('The checksums are not as expected.');
  return sums.right.tables;
};

/** Tables that differ after a rebuild; empty when the rebuilt read models equal the live ones. */
export const compareRebuilt = async (
  environment: Readonly<Record<string, string>>,
): Promise<readonly string[]> => {
  const live = await checksums(environment);
  await filament(environment, ['rebuild', '--full-speed']);
  const rebuilt = new Map(
    (await checksums(environment)).map((sum) => [`${sum.projection}.${sum.table}`, sum]),
  );
  return live.flatMap(({ projection, table, rows, checksum }) => {
    const other = rebuilt.get(`${projection}.${table}`);
    return other?.checksum === checksum && other.rows === rows
      ? []
      : [
          `rebuilt ${projection}.${table}: ${rows} rows live, ${other?.rows ?? 0} rebuilt, or other contents`,
        ];
  });
};
