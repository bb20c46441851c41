// What operators did, in the stream `log`.
import * as t from 'io-ts';
import { eventKind } from '../shared/event-kind.ts';
import { Timestamp } from '../shared/timestamp.ts';

export const ProjectionRebuilt = eventKind(
  'ProjectionRebuilt',
  1,
  t.strict({ projection: t.string, version: t.Int, events: t.Int, at: Timestamp }),
);

export const OPERATIONS_EVENTS = [ProjectionRebuilt] as const;
