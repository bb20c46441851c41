// What the runner of projections keeps about them. A released migration is never edited.
import { type Migration } from '../postgres/migrations.ts';

const CONTROL = `
CREATE SCHEMA IF NOT EXISTS ops;

-- Written in the transaction of the rows it speaks of. Its rows are also the lock between the live runner and a rebuild.
CREATE TABLE ops.projections (
  name       text COLLATE "C" PRIMARY KEY,
  version    integer NOT NULL,
  position   text COLLATE "C" NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- Events that a projection could not take, so that one of them stops nothing.
CREATE TABLE ops.parked_events (
  projection text COLLATE "C" NOT NULL,
  position   text COLLATE "C" NOT NULL,
  type       text COLLATE "C" NOT NULL,
  reason     text NOT NULL, -- Free of content
  attempts   integer NOT NULL,
  at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (projection, position)
);
`;

// Elasticsearch has no transactions with us, so its checkpoint also names the index that it is of.
const ELASTICSEARCH = `
CREATE TABLE ops.elasticsearch (
  prefix     text COLLATE "C" PRIMARY KEY,
  version    integer NOT NULL,
  index_name text COLLATE "C" NOT NULL,
  index_uuid text COLLATE "C" NOT NULL,
  position   text COLLATE "C" NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
`;

// Where the tables stand that a rebuild replaced, so that a rollback goes on from there.
const KEPT = `
CREATE TABLE ops.kept_projections (
  name     text COLLATE "C" PRIMARY KEY,
  version  integer NOT NULL,
  position text COLLATE "C" NOT NULL,
  kept_at  timestamptz NOT NULL DEFAULT now()
);
`;

// Up to which deletion keys were destroyed.
const ERASURES = `
CREATE TABLE ops.erasures (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  position text COLLATE "C" NOT NULL
);
`;

// Whose database this is, by a name made of the master key.
const INSTALLATION = `
CREATE TABLE ops.installation (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  id       text COLLATE "C" NOT NULL
);
`;

export const OPS_MIGRATIONS: readonly Migration[] = [
  { id: 'ops-0001-projections', sql: CONTROL },
  { id: 'ops-elasticsearch-0001-control', sql: ELASTICSEARCH },
  { id: 'ops-0002-kept-projections', sql: KEPT },
  { id: 'ops-0003-erasures', sql: ERASURES },
  { id: 'ops-0004-installation', sql: INSTALLATION },
];
