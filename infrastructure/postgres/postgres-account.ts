// PostgreSQL refuses to run as root, so root starts it as a system account that owns the data directory.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';

/** Passed to `spawn`: empty unless this process is root. */
export type Account = { readonly uid?: number; readonly gid?: number };

const SYSTEM_ACCOUNT = 'postgres';

const accountNumber = (flag: '-u' | '-g'): number | undefined => {
  const { status, stdout } = spawnSync('id', [flag, SYSTEM_ACCOUNT], { encoding: 'utf8' });
  return status === 0 ? Number.parseInt(stdout, 10) : undefined;
};

const systemAccount = (): Account | undefined => {
  const uid = accountNumber('-u');
  const gid = accountNumber('-g');
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
};

// initdb looks its user up by number, so an unlisted number is not enough.
const addSystemAccount = (): void => {
  const useradd = spawnSync('useradd', ['--system', '--user-group', SYSTEM_ACCOUNT]);
  if (useradd.status !== 0) spawnSync('adduser', ['-S', '-D', '-H', SYSTEM_ACCOUNT]);
};

/** The account PostgreSQL runs as; throws with the fix when root has none to give it. */
export const postgresAccount = (): Account => {
  if (process.getuid?.() !== 0) return {};
  const found = systemAccount();
  if (found !== undefined) return found;
  addSystemAccount();
  const added = systemAccount();
  if (added !== undefined) return added;
  throw new Error(
    `PostgreSQL can't run as root and there is no account "${SYSTEM_ACCOUNT}". ` +
      `Start Filament as an ordinary user, or create one: useradd --system --user-group ${SYSTEM_ACCOUNT}`,
  );
};

const mayPass = (folder: string, { uid, gid }: Account): boolean => {
  const { mode, uid: owner, gid: group } = statSync(folder);
  if (owner === uid) return (mode & 0o100) !== 0;
  if (group === gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
};

const closedParent = (file: string, account: Account): string | undefined => {
  const parent = path.dirname(file);
  if (parent === file) return undefined;
  return closedParent(parent, account) ?? (mayPass(parent, account) ? undefined : parent);
};

/** Throws, naming the folder in the way and the fix, when the account can't reach a file through its parents. */
export const requireReachable = (file: string, account: Account): void => {
  if (account.uid === undefined) return;
  const closed = closedParent(path.resolve(file), account);
  if (closed === undefined) return;
  throw new Error(
    `PostgreSQL runs as "${SYSTEM_ACCOUNT}" (it refuses root), and that account can't enter ${closed} on the way to ${file}. ` +
      `Allow passing through with: chmod o+x ${closed}. Or move the folder, or start Filament as an ordinary user.`,
  );
};
