// Which failures are an event's own fault. Only those may set an event aside: if a missing table or a lost connection
// could, one bad hour would park everything.

/** A projector threw on the events it was given. */
export class ProjectorFailed extends Error {
  override readonly name = 'ProjectorFailed';
}

// Data exceptions, violated constraints, limits of a value or row (PostgreSQL appendix A).
const DATA_CLASSES = new Set(['22', '23', '54']);

export const sqlStateOf = (error: unknown): string | null =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;

/** Whether trying again elsewhere or later can't help, since the events themselves are refused. */
export const isPoison = (error: unknown): boolean =>
  error instanceof ProjectorFailed ||
  (sqlStateOf(error)?.length === 5 && DATA_CLASSES.has(sqlStateOf(error)?.slice(0, 2) ?? ''));

/** Why, without values: messages and details of the database may quote rows. */
export const reasonOf = (error: unknown): string => {
  const state = sqlStateOf(error);
  if (state !== null) return `The database refused it (${state}).`;
  return error instanceof ProjectorFailed ? error.message : 'Unknown.';
};
