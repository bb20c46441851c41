// A file that stands while a restore is under way: a server that found half an installation would take it for a new one.
import { access, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

const fileIn = (dataDirectory: string): string => path.join(dataDirectory, 'restore-unfinished');

export const markRestoring = (dataDirectory: string): Promise<void> =>
  writeFile(fileIn(dataDirectory), '', { mode: 0o600 });

export const unmarkRestoring = (dataDirectory: string): Promise<void> => rm(fileIn(dataDirectory));

/** Throws when a restore into this directory was broken off. */
export const refuseHalfRestored = async (dataDirectory: string): Promise<void> => {
  const stands = await access(fileIn(dataDirectory)).then(
    () => true,
    () => false,
  );
  if (stands)
    throw new Error(
      `A restore into ${dataDirectory} was broken off. Empty that folder (and the database, if it is one of your own) and restore again.`,
    );
};
