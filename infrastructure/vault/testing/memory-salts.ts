import { type VaultWrite } from '../../../application/event-store/event-log.ts';
import { type SaltTable } from '../salt-table.ts';

/** A salt table in memory; `apply` stands for the log, which writes salts with its appends. */
export type MemorySalts = SaltTable & {
  readonly apply: (writes: readonly VaultWrite[]) => void;
  readonly finds: () => number; // Queries so far
};

export const createMemorySalts = (): MemorySalts => {
  const salts = new Map<string, Buffer>();
  let finds = 0;
  return {
    find: (scopes) => {
      finds += 1;
      const found = scopes.flatMap((scope) => {
        const salt = salts.get(scope);
        return salt === undefined ? [] : [[scope, salt] as const];
      });
      return Promise.resolve(new Map(found));
    },
    remove: (scope) => {
      salts.delete(scope);
      return Promise.resolve();
    },
    apply: (writes) => {
      for (const write of writes) {
        if (write.kind === 'data_key') salts.set(write.scope, write.salt);
      }
    },
    finds: () => finds,
  };
};
