// The log as commands and projectors see it: typed domain events, sealed on the way in, upcast and opened on the way out.
import { type TaskEither } from 'fp-ts/lib/TaskEither.js';
import { type NewContentKey } from '../blob/content-keys.ts';
import { type DomainEvent } from './event-catalogue.ts';
import {
  type AppendFailure,
  type Appended,
  type ExpectedRevision,
  type IdempotencyReservation,
  type Position,
  type VaultWrite,
} from './event-log.ts';

/** Who acts in which request: becomes the metadata of every event that follows from it. */
export type CommandContext = {
  readonly actor: string; // `user:<id>`, `system`, `operator`
  readonly correlationId: string; // UUID of the request
};

export type AppendEvents = {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly DomainEvent[]; // At least one
  /** UUIDs of the events where the command must know them beforehand; as many as events. Made by the store otherwise. */
  readonly eventIds?: readonly string[];
  readonly context: CommandContext;
  readonly vault?: readonly VaultWrite[];
  /** Keys born with this stream that something was encrypted with already; the store makes the others itself. */
  readonly newKeys?: readonly NewContentKey[];
  readonly idempotency?: IdempotencyReservation;
};

/** A domain event as recorded. Erased sealed fields are null. */
export type Recorded<E extends DomainEvent = DomainEvent> = E & {
  readonly meta: {
    readonly position: Position;
    readonly stream: string;
    readonly revision: number;
    readonly eventId: string;
    readonly version: number; // As stored, before upcasting: part of the seal's associated data
    readonly recordedAt: number; // Unix ms
    readonly actor: string;
    readonly correlationId: string;
    readonly causationId: string | null;
  };
};

/** An event that could not be decoded: unknown type, broken JSON, or a payload its codec refuses. */
export type Undecodable = {
  readonly type: 'Undecodable';
  readonly storedType: string;
  readonly reason: string;
  readonly meta: Recorded['meta'];
};

/**
 * `open` gives sealed fields in the clear; a list of `Type.field` names in `keepSealed` leaves those as stored
 * ciphertext (for read models that keep content sealed and for replay at full speed).
 */
export type DecodeOptions = { readonly keepSealed?: ReadonlySet<string> };

export type EventStore = {
  readonly start: Position;
  readonly append: (append: AppendEvents) => TaskEither<AppendFailure, Appended>;
  /** All events of one stream from a revision; throws on an undecodable one, since an aggregate must not guess. */
  readonly load: (stream: string, fromRevision?: number) => Promise<readonly Recorded[]>;
  /** The same of many streams at once; one of them that was never written is not among them. */
  readonly loadEach: (
    streams: readonly string[],
  ) => Promise<ReadonlyMap<string, readonly Recorded[]>>;
  readonly readAll: (
    after: Position,
    limit: number,
    /** Of `types` only these are read, by the name they are stored under: fewer than `limit` when there are no more. */
    options?: DecodeOptions & { readonly types?: readonly string[] },
  ) => Promise<readonly (Recorded | Undecodable)[]>;
  /** The events at these positions, in log order. */
  readonly readAt: (
    positions: readonly Position[],
    options?: DecodeOptions,
  ) => Promise<readonly (Recorded | Undecodable)[]>;
  readonly subscribe: (
    after: Position,
    options: DecodeOptions & { readonly signal: AbortSignal; readonly batchMax?: number },
  ) => AsyncIterable<readonly (Recorded | Undecodable)[]>;
  readonly head: () => Promise<Position>;
};

/**
 * Opens one sealed field that a read model kept as stored. `null` when erased.
 * `salts` come with the row (a join on the vault) or are fetched by scope.
 */
export type SealedField = {
  readonly eventId: string;
  readonly eventType: string;
  readonly eventVersion: number;
  readonly path: string;
  readonly scope: string;
  readonly box: string; // Ciphertext as stored
};
export type Sealer = {
  readonly open: (fields: readonly SealedField[]) => Promise<readonly (string | null)[]>;
};
