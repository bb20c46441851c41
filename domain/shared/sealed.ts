import * as t from 'io-ts';

/**
 * Text written by or about a person. In the log it stands sealed under a data key of its own scope (architecture I4);
 * `null` means erased: its key was destroyed, which is a state of affairs and never an error.
 */
export const Sealed = t.union([t.string, t.null]);
export type Sealed = t.TypeOf<typeof Sealed>;
