// Applies events to one projection's tables inside the caller's transaction.
import { type Recorded, type Undecodable } from '../../application/event-store/event-store.ts';
import { inSchema, type Projector, type Statement } from '../../projections/projector.ts';
import { parametersOf } from '../postgres/array-literal.ts';
import { type Queryable } from '../postgres/database.ts';
import { parkEvent } from './control-rows.ts';
import { isPoison, ProjectorFailed, reasonOf } from './poison.ts';

export type Batch = readonly (Recorded | Undecodable)[];

export type Target = {
  readonly projector: Projector;
  readonly schema: string;
  readonly parkAs: string; // Under which name refused events are set aside
};

export const ATTEMPTS_MAX = 3; // Whole batches, before looking for the event to blame

const isTakenBy = (projector: Projector, event: Batch[number]): event is Recorded =>
  event.type !== 'Undecodable' && projector.takes.has(event.type);

const statementsOf = (projector: Projector, events: readonly Recorded[]): readonly Statement[] => {
  try {
    return projector.project(events);
  } catch (cause) {
    const what = cause instanceof Error ? cause.name : 'something';
    throw new ProjectorFailed(`The projector threw (${what}).`, { cause });
  }
};

// One name for each text, so that a connection never sees one name with two. As many as projectors have statements.
const planNames = new Map<string, string>();
const planName = (text: string): string => {
  const known = planNames.get(text);
  if (known !== undefined) return known;
  const name = `rm_${planNames.size}`;
  planNames.set(text, name);
  return name;
};

const run = async (
  connection: Queryable,
  { projector, schema }: Target,
  events: readonly Recorded[],
): Promise<void> => {
  for (const { sql, values, plannedOnce } of statementsOf(projector, events)) {
    const text = inSchema(sql, schema);
    const query = { text, values: parametersOf(values) };
    await connection.query(plannedOnce === true ? { ...query, name: planName(text) } : query);
  }
};

/** Sets aside what can't be decoded of the types that somebody takes. */
export const parkUndecodable = async (
  connection: Queryable,
  { takes, parkAs }: { readonly takes: ReadonlySet<string>; readonly parkAs: string },
  batch: Batch,
): Promise<void> => {
  for (const event of batch) {
    if (event.type !== 'Undecodable' || !takes.has(event.storedType)) continue;
    const { storedType: type, reason, meta } = event;
    await parkEvent(connection, {
      projection: parkAs,
      position: meta.position,
      type,
      reason,
      attempts: 1,
    });
  }
};

/** Applies a batch at once; events that can't be decoded are parked. Rejects when an event is refused. */
export const applyEvents = async (
  connection: Queryable,
  target: Target,
  batch: Batch,
): Promise<void> => {
  await parkUndecodable(
    connection,
    { takes: target.projector.takes, parkAs: target.parkAs },
    batch,
  );
  const taken = batch.filter((event) => isTakenBy(target.projector, event));
  if (taken.length > 0) await run(connection, target, taken);
};

/** Halves what is refused until the events to blame are found; parks those, and applies all others in their order. */
const bisect = async (
  connection: Queryable,
  target: Target,
  events: readonly Recorded[],
): Promise<void> => {
  const [first] = events;
  if (first === undefined) return;
  await connection.query('SAVEPOINT part');
  try {
    await run(connection, target, events);
    await connection.query('RELEASE part');
    return;
  } catch (error) {
    if (!isPoison(error)) throw error;
    await connection.query('ROLLBACK TO part');
    await connection.query('RELEASE part');
    if (events.length === 1) {
      await parkEvent(connection, {
        projection: target.parkAs,
        position: first.meta.position,
        type: first.type,
        reason: reasonOf(error),
        attempts: ATTEMPTS_MAX + 1,
      });
      return;
    }
  }
  const middle = events.length >> 1;
  await bisect(connection, target, events.slice(0, middle));
  await bisect(connection, target, events.slice(middle));
};

/** Like applyEvents, but parks the events that are refused; rejects only on what is no event's fault. */
export const applyCarefully = async (
  connection: Queryable,
  target: Target,
  batch: Batch,
): Promise<void> => {
  await parkUndecodable(
    connection,
    { takes: target.projector.takes, parkAs: target.parkAs },
    batch,
  );
  const taken = batch.filter((event) => isTakenBy(target.projector, event));
  await bisect(connection, target, taken);
};
