// Upkeep that people ask for over HTTP, in this process.
import { type SearchUpkeep } from '../../application/search/maintain-search.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { type Rebuilt } from '../projections/rebuild.ts';
import { type SearchEngine } from './search-engine.ts';

export const createSearchUpkeep = ({
  engine,
  onRebuilt,
  onFailed,
}: {
  readonly engine: Pick<SearchEngine, 'rebuild' | 'reconcile'>;
  readonly onRebuilt: (rebuilt: Rebuilt, by: UserId) => Promise<void>;
  readonly onFailed: (error: unknown) => void;
}): SearchUpkeep & { readonly stop: () => Promise<void> } => {
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  const rebuild = async (by: UserId): Promise<void> => {
    try {
      await onRebuilt(await engine.rebuild(undefined, stopping.signal), by);
    } catch (error) {
      if (!stopping.signal.aborted) onFailed(error);
    } finally {
      running = null;
    }
  };
  return {
    beginRebuild: (by) => {
      running ??= rebuild(by);
    },
    isRebuilding: () => running !== null,
    reconcile: engine.reconcile,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
};
