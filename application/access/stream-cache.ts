// A bounded cache of folded streams that follows the log. The log is the truth: whenever an event cannot be fitted on
// what is held, the entry goes and the next reader folds the stream again.
import { LRUCache } from 'lru-cache';
import { type DomainEvent } from '../event-store/event-catalogue.ts';
import { type EventStore } from '../event-store/event-store.ts';
import {
  evolveWith,
  foldAll,
  type Folded,
  type FoldedStreams,
  type Folding,
} from './folded-streams.ts';

// A stream that changes under each of these reads is answered, but not kept.
const LOADS_MAX = 4;

type Loading<State> = {
  readonly folded: Promise<Folded<State>>;
  readonly seen: Seen;
};
/** What happened to a stream while it was being read. */
type Seen = { revision: number; forgotten: boolean };

export const createStreamCache = <State, Event extends DomainEvent>({
  store,
  folding,
  max,
  keepsEmpty,
}: {
  readonly store: Pick<EventStore, 'load'>;
  readonly folding: Folding<State, Event>;
  readonly max: number;
  /** False where anyone can name streams that are not there: those must not push out the others. */
  readonly keepsEmpty: boolean;
}): FoldedStreams<State> => {
  const evolve = evolveWith(folding);
  const cache = new LRUCache<string, Folded<State>>({ max });
  const loading = new Map<string, Loading<State>>();

  const load = async (stream: string, seen: Seen): Promise<Folded<State>> => {
    for (let loads = 1; ; loads += 1) {
      seen.forgotten = false;
      const folded = foldAll(folding.decider.initialState, evolve, await store.load(stream));
      // An event that was applied meanwhile and is not in what was read would be lost for good.
      const isCurrent = !isForgotten(seen) && seen.revision <= folded.revision;
      if (isCurrent && (keepsEmpty || folded.revision >= 0)) cache.set(stream, folded);
      if (isCurrent || loads >= LOADS_MAX) return folded;
    }
  };

  const forget = (stream: string): void => {
    cache.delete(stream);
    const ongoing = loading.get(stream);
    if (ongoing !== undefined) ongoing.seen.forgotten = true;
  };

  return {
    get: (stream) => {
      const cached = cache.get(stream);
      if (cached !== undefined) return Promise.resolve(cached);
      const ongoing = loading.get(stream);
      if (ongoing !== undefined) return ongoing.folded;
      const seen: Seen = { revision: -1, forgotten: false };
      const folded = load(stream, seen).finally(() => loading.delete(stream));
      loading.set(stream, { folded, seen });
      return folded;
    },
    peek: (stream) => cache.get(stream),
    forget,
    apply: (stream, revision, event) => {
      const ongoing = loading.get(stream);
      if (ongoing !== undefined) ongoing.seen.revision = Math.max(ongoing.seen.revision, revision);
      const cached = cache.peek(stream);
      if (event.type === 'Undecodable') forget(stream);
      else if (cached === undefined || revision <= cached.revision) return;
      else if (revision > cached.revision + 1) cache.delete(stream);
      else cache.set(stream, { state: evolve(cached.state, event), revision });
    },
  };
};

// In a function of its own, since the compiler takes a field just set to false for false after an await too.
const isForgotten = ({ forgotten }: Seen): boolean => forgotten;
