import { type UserId } from '../../domain/shared/ids.ts';

/** Password hashes (PHC strings) live in the vault only; they are first written by the append of the registration. */
export type PasswordVault = {
  /** Null: no such account, or erased. Callers spend the same time hashing either way. */
  readonly phcOf: (userId: UserId) => Promise<string | null>;
  /**
   * Replaces the hash by one of the same password with today's parameters. False when it is no longer `from`: the
   * password was changed meanwhile, and must not be undone.
   */
  readonly rehash: (request: {
    readonly userId: UserId;
    readonly from: string;
    readonly to: string;
  }) => Promise<boolean>;
};
