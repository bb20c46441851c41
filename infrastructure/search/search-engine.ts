// One of the two places where messages are indexed, with all that server and command line do with it.
import { type Either } from 'fp-ts/lib/Either.js';
import { type Position } from '../../application/event-store/event-log.ts';
import { type SearchIndex } from '../../application/search/search-index.ts';
import {
  type Reconciled,
  type ReconcileFailure,
} from '../../application/search/maintain-search.ts';
import { type GuildId } from '../../domain/shared/ids.ts';
import { type RebuildProgress } from '../projections/rebuild-progress.ts';
import { type Rebuilt } from '../projections/rebuild.ts';
import { type FollowedIndex } from './followed-index.ts';

export type SearchStatus = {
  readonly version: number | null; // Null: not built yet
  readonly position: Position | null;
  readonly documents: number | null; // Null when nobody can say now
  readonly bytes: number | null;
  readonly place: string; // A schema, or an index
};

export type SearchEngine = {
  readonly name: 'postgresql' | 'elasticsearch';
  readonly index: SearchIndex;
  readonly followed: FollowedIndex;
  /** Builds the index anew beside the one in use, and switches to it. Gives up when aborted. */
  readonly rebuild: (
    onProgress?: (progress: RebuildProgress) => void,
    signal?: AbortSignal,
  ) => Promise<Rebuilt>;
  /** At most `documentsMax` documents of the guild may be there. */
  readonly reconcile: (
    guildId: GuildId,
    documentsMax: number,
  ) => Promise<Either<ReconcileFailure, Reconciled>>;
  readonly status: () => Promise<SearchStatus>;
  /** Sets who is told when a search finds no index. */
  readonly onMissing: (tell: () => void) => void;
  readonly close: () => Promise<void>;
};
