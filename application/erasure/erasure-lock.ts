/**
 * Runs the work while nobody else destroys keys, of deleted texts or of an account, or puts such texts back; null when
 * somebody does. Held between processes. Never taken by who holds it: what erases an account sees to its keys itself.
 */
export type ErasureLock = <A>(work: () => Promise<A>) => Promise<A | null>;
