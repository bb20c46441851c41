import { inSchema, liveSchema } from '../../projections/projector.ts';
import { removeStatements } from '../../projections/search/search-projector.ts';
import { uuidOfMessage } from '../../projections/search/message-uuid.ts';
import { openPostgresBackend } from './testing/backends.ts';
import { describeReconcile } from './testing/reconcile-contract.ts';

describe('reconciling the index in PostgreSQL', () =>
  describeReconcile(openPostgresBackend, {
    lose: async ({ pool, backend: { projector } }, ids) => {
      for (const { sql, values } of removeStatements(ids.map(uuidOfMessage)))
        await pool.query(inSchema(sql, liveSchema(projector)), [...values]);
    },
    haunt: async ({ pool, backend: { projector } }, posted) => {
      for (const { sql, values } of projector.project([posted]))
        await pool.query(inSchema(sql, liveSchema(projector)), [...values]);
    },
  }));
