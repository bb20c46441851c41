// Sessions of their own for searches: their statements are many, small and prepared, and each must be cheap to give up.
import { createPool, type Pool } from '../postgres/database.ts';

const CONNECTIONS_MAX = 6;
const STATEMENT_SHARE = 0.75; // Of the time of a search, so that a statement nobody waits for any more ends soon

/** A pool whose plans are made once and go by the indexes, also on tables too small or too new for the planner to. */
export const createSearchPool = ({
  url,
  timeoutMs,
  max = CONNECTIONS_MAX,
  onError,
}: {
  readonly url: string;
  readonly timeoutMs: number; // limits.searchTimeoutMs
  readonly max?: number;
  readonly onError?: (error: Error) => void;
}): Pool =>
  createPool({
    url,
    name: 'search',
    max,
    statementTimeoutMs: Math.max(1, Math.round(timeoutMs * STATEMENT_SHARE)),
    settings: {
      enable_seqscan: 'off',
      plan_cache_mode: 'force_generic_plan',
      jit: 'off',
      max_parallel_workers_per_gather: '0',
    },
    ...(onError && { onError }),
  });
