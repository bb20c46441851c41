// A projector turns events into statements on tables of its own; who runs them, and when, is not its business.
import { type EventType } from '../application/event-store/event-catalogue.ts';
import { type Recorded } from '../application/event-store/event-store.ts';

/**
 * Stands in SQL for the schema, which is `rm_<name>` for the live tables, `rm_<name>_next` for those being built and
 * `rm_<name>_old` for those that a rebuild replaced.
 */
const SCHEMA = '{schema}';

export type Statement = {
  readonly sql: string; // Names tables as `{schema}.table`
  readonly values: readonly unknown[];
  /** Set when one plan is right however many rows come and whatever the tables hold: then it is made only once. */
  readonly plannedOnce?: boolean;
};

export type Projector = {
  readonly name: string; // Lower-case letters: part of the schema's name
  /** Raised with every change of tables or meaning; a server that finds another version rebuilds before it serves. */
  readonly version: number;
  readonly tables: readonly string[];
  /** Tables and primary keys. */
  readonly createTables: string;
  /** Everything else, which a rebuild makes after loading. */
  readonly createIndexes: string;
  readonly takes: ReadonlySet<EventType>;
  /** Whether tables that a rebuild replaced go at once: they hold in the clear what people may want erased. */
  readonly dropsReplaced?: boolean;
  /** `Type.field` names of texts that stay sealed. */
  readonly keepSealed: readonly string[];
  /**
   * Pure. However the same events are cut into batches, and if a batch comes twice, the tables end the same. Given only
   * events it takes, in log order.
   */
  readonly project: (events: readonly Recorded[]) => readonly Statement[];
};

export const liveSchema = ({ name }: Pick<Projector, 'name'>): string => `rm_${name}`;
export const nextSchema = ({ name }: Pick<Projector, 'name'>): string => `rm_${name}_next`;
export const oldSchema = ({ name }: Pick<Projector, 'name'>): string => `rm_${name}_old`;

/** SQL of a projector, aimed at one schema. */
export const inSchema = (sql: string, schema: string): string => sql.replaceAll(SCHEMA, schema);
