// The index anew from the log, in this process or another, while it is searched and followed.
import { rebuildProjection, type RebuildPorts, type Rebuilt } from '../projections/rebuild.ts';
import { projectionChecksums, type TableChecksum } from '../projections/checksums.ts';
import { type Projector } from '../../projections/projector.ts';
import { type Queryable } from '../postgres/database.ts';

/** Builds the index beside the live one and swaps the two by name; see docs/decisions/rebuild-by-rename.md. */
export const rebuildSearch = ({
  projector,
  ...ports
}: Omit<RebuildPorts, 'keepSealed'>): Promise<Rebuilt> =>
  rebuildProjection({ ...ports, projector, keepSealed: new Set(projector.keepSealed) });

/** Checksums of all tables: an index and one rebuilt at the same position have the same. */
export const checksumSearch = (
  database: Queryable,
  projector: Projector,
): Promise<readonly TableChecksum[]> => projectionChecksums(database, projector);
