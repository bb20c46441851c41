import { types } from 'node:util';

/** Whether something thrown is an error, also one of Node's own from another realm, or of a library that imitates it. */
export const isError = (thrown: unknown): thrown is Error =>
  thrown instanceof Error || types.isNativeError(thrown);
