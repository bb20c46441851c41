// What operators did, in the stream `log`.
import * as t from 'io-ts';
import { eventKind } from '../shared/event-kind.ts';
import { Timestamp } from '../shared/timestamp.ts';

export const ProjectionRebuilt = eventKind(
  'ProjectionRebuilt',
  1,
  t.strict({ projection: t.string, version: t.Int, events: t.Int, at: Timestamp }),
);

/** The tables that the last rebuild had replaced are the live ones again. */
export const ProjectionRolledBack = eventKind(
  'ProjectionRolledBack',
  1,
  t.strict({ projection: t.string, version: t.Int, events: t.Int, at: Timestamp }),
);

/** The tables that the last rebuild had replaced are gone. */
export const ReplacedProjectionDropped = eventKind(
  'ReplacedProjectionDropped',
  1,
  t.strict({ projection: t.string, at: Timestamp }),
);

/** A backup was made of everything up to a position. */
export const BackupCreated = eventKind(
  'BackupCreated',
  1,
  t.strict({
    backup: t.string,
    position: t.string,
    parts: t.readonlyArray(t.string),
    at: Timestamp,
  }),
);

/** This installation was made from a backup; the events before this one are the backup's. */
export const BackupRestored = eventKind(
  'BackupRestored',
  1,
  t.strict({ backup: t.string, position: t.string, storeId: t.string, at: Timestamp }),
);

export const OPERATIONS_EVENTS = [
  BackupCreated,
  BackupRestored,
  ProjectionRebuilt,
  ProjectionRolledBack,
  ReplacedProjectionDropped,
] as const;
