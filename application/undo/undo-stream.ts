// One stream at a time: its history, the plan for it, and the plan's events at the very revision it was made for.
import { isLeft } from 'fp-ts/lib/Either.js';
import {
  type Act,
  type Plan,
  type Refusal,
  type Subject,
  type Whose,
} from '../../domain/undo/act.ts';
import { type ChannelId } from '../../domain/shared/ids.ts';
import { type DomainEvent } from '../event-store/event-catalogue.ts';
import { type AppendFailure, type VaultWrite } from '../event-store/event-log.ts';
import { type CommandContext, type EventStore, type Recorded } from '../event-store/event-store.ts';

// Somebody else's act in between is planned for anew; a stream that changes each time is left for another run.
const ATTEMPTS_MAX = 8;
// Of one append: a raid on a guild's structure may be longer than one takes.
const EVENTS_AT_ONCE_MAX = 200;

type MakePlan<Event, State> = (
  acts: readonly Act<Event>[],
) => Plan<Event, State> | null | Promise<Plan<Event, State> | null>;

export type StreamUndo = {
  /** Resolves to the state after it; null when the plan is. */
  readonly undo: <Event extends DomainEvent, State>(
    stream: string,
    subject: Subject,
    kinds: readonly { readonly type: Event['type'] }[],
    plan: MakePlan<Event, State>,
    rest?: {
      readonly vaultOf?: (event: Event) => readonly VaultWrite[];
      readonly history?: readonly Recorded[]; // As it was read a moment ago
    },
  ) => Promise<State | null>;
  readonly compensations: () => ReadonlyMap<string, number>;
  readonly refusals: () => readonly Refusal[];
  readonly removedChannels: () => ReadonlySet<ChannelId>;
};

type Ports = {
  readonly store: Pick<EventStore, 'load' | 'append'>;
  readonly context: CommandContext;
  readonly whoseOf: (event: Recorded) => Whose;
  readonly isDryRun: boolean;
  /** Before anything is appended; may be called again. */
  readonly beforeFirst: () => Promise<void>;
  readonly cutShort: (why: string) => Error;
};

type Appending = 'done' | 'changed' | 'erased';

/** Appends at the very revision that was looked at, in parts where there is much; counts what is in the log. */
const createAppendAll =
  (
    { store, context, beforeFirst, cutShort }: Ports,
    count: (events: readonly DomainEvent[]) => void,
  ) =>
  async <Event extends DomainEvent>(
    stream: string,
    last: number,
    events: readonly Event[],
    vaultOf: (event: Event) => readonly VaultWrite[],
  ): Promise<Appending> => {
    await beforeFirst();
    let revision = last;
    for (let from = 0; from < events.length; from += EVENTS_AT_ONCE_MAX) {
      const part = events.slice(from, from + EVENTS_AT_ONCE_MAX);
      const vault = part.flatMap(vaultOf);
      const appended = await store.append({
        ...{ stream, expected: revision, events: part, context },
        ...(vault.length > 0 && { vault }),
      })();
      if (isLeft(appended)) return whatFailed(appended.left, cutShort);
      count(part);
      revision += part.length;
    }
    return 'done';
  };

const whatFailed = ({ type }: AppendFailure, cutShort: Ports['cutShort']): Appending => {
  if (type === 'WrongExpectedRevision') return 'changed';
  if (type === 'Erased') return 'erased';
  throw cutShort(type);
};

export const createStreamUndo = (ports: Ports): StreamUndo => {
  const { store, whoseOf, isDryRun } = ports;
  const compensations = new Map<string, number>();
  const refusals: Refusal[] = [];
  const removed = new Set<ChannelId>();

  const count = (events: readonly DomainEvent[]): void => {
    for (const event of events) {
      compensations.set(event.type, (compensations.get(event.type) ?? 0) + 1);
      if (event.type === 'ChannelRemoved') removed.add(event.data.channelId);
    }
  };

  const appendAll = createAppendAll(ports, count);

  const undo: StreamUndo['undo'] = async (stream, subject, kinds, makePlan, rest = {}) => {
    const { vaultOf = () => [], history: known } = rest;
    type Event = Parameters<typeof vaultOf>[0];
    const types = new Set<string>(kinds.map(({ type }) => type));
    const isOwn = (event: DomainEvent): event is Event => types.has(event.type);
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const history = attempt === 1 && known !== undefined ? known : await store.load(stream);
      const acts = history.flatMap((event): Act<Event>[] =>
        isOwn(event) ? [{ event, whose: whoseOf(event) }] : [],
      );
      const plan = await makePlan(acts);
      if (plan === null) return null;
      if (isDryRun) count(plan.events);
      const outcome =
        isDryRun || plan.events.length === 0
          ? 'done'
          : await appendAll(stream, history.length - 1, plan.events, vaultOf);
      if (outcome === 'changed') continue;
      refusals.push(...plan.refusals);
      if (outcome === 'erased') refusals.push({ ...subject, why: 'key_erased' });
      return plan.state;
    }
    refusals.push({ ...subject, why: 'busy' });
    return null;
  };

  return {
    undo,
    compensations: () => compensations,
    refusals: () => refusals,
    removedChannels: () => removed,
  };
};
