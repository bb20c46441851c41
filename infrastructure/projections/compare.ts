// Whether tables built anew equal the live ones: checksums of both as of the very same position of the log.
import { type Projector } from '../../projections/projector.ts';
import { type Connection } from '../postgres/database.ts';
import { type Target } from './apply-events.ts';
import { projectionChecksums } from './checksums.ts';
import { readControls, type Control } from './control-rows.ts';
import { replayToEnd, type Replay, type ReplayOptions, type ReplayPorts } from './replay.ts';

export type TableComparison = {
  readonly table: string;
  readonly rows: number; // Live
  readonly rebuiltRows: number;
  readonly isEqual: boolean; // Byte for byte
};

/** The control row of the live tables, when they are of this projector's version and can so be compared. */
export const comparableControl = async (
  connection: Connection,
  { name, version }: Pick<Projector, 'name' | 'version'>,
): Promise<Control | undefined> =>
  (await readControls(connection, [name])).find((control) => control.version === version);

/**
 * Brings the target to where the live tables are and compares; null when those are absent or of another version. The
 * target must not be further than the live tables, which go on meanwhile: they are read as of one moment.
 */
export const compareWithLive = async (
  connection: Connection,
  ports: ReplayPorts,
  target: Target,
  replay: Replay,
  options: Omit<ReplayOptions, 'until'> = {},
): Promise<readonly TableComparison[] | null> => {
  const { projector, schema } = target;
  const near = await comparableControl(connection, projector);
  if (near === undefined) return null;
  // Most of the way before the moment is held, since rows that change meanwhile must be kept for it.
  await replayToEnd(connection, ports, target, replay, { ...options, until: near.position });
  const moment = await ports.pool.connect();
  try {
    await moment.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await moment.query('SET LOCAL idle_in_transaction_session_timeout = 0');
    const live = await comparableControl(moment, projector);
    if (live === undefined) return null;
    if (live.position < replay.at) throw new Error('The live tables stepped back meanwhile.');
    await replayToEnd(connection, ports, target, replay, { ...options, until: live.position });
    const liveSums = await projectionChecksums(moment, projector);
    const rebuiltSums = await projectionChecksums(connection, projector, schema);
    return liveSums.map(({ table, rows, checksum }, index) => {
      const rebuilt = rebuiltSums[index];
      const isEqual = rebuilt?.rows === rows && rebuilt.checksum === checksum;
      return { table, rows, rebuiltRows: rebuilt?.rows ?? 0, isEqual };
    });
  } finally {
    moment.release(true); // Rolls back, whatever state it is in.
  }
};
