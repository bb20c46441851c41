import { openPostgresBackend } from './testing/backends.ts';
import { describeExactness } from './testing/search-index-contract.ts';

describe('what the index in PostgreSQL finds', () => describeExactness(openPostgresBackend));
