/**
 * Runs the work while nobody else destroys keys of deleted texts, or puts such texts back; null when somebody does. Held
 * between processes.
 */
export type ErasureLock = <A>(work: () => Promise<A>) => Promise<A | null>;
