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

export const OPERATIONS_EVENTS = [
  ProjectionRebuilt,
  ProjectionRolledBack,
  ReplacedProjectionDropped,
] as const;
