// What operators took back in a guild, in a stream of its own: `undo-<guild>`. What followed has the same correlation.
import * as t from 'io-ts';
import { eventKind } from '../shared/event-kind.ts';
import { guildScope } from '../guild/guild-scope.ts';
import { GuildId, UserId } from '../shared/ids.ts';
import { Sealed } from '../shared/sealed.ts';
import { Timestamp } from '../shared/timestamp.ts';

const range = {
  guildId: GuildId,
  from: t.string, // Positions, both included
  to: t.string,
  actorId: t.union([UserId, t.null]), // Whose acts; null for everybody's
  at: Timestamp,
};

/** Before the first compensation: so it is on record also when the work is cut short. */
export const GuildUndoStarted = eventKind(
  'GuildUndoStarted',
  1,
  t.exact(t.intersection([t.type(range), t.partial({ reason: Sealed })])),
  { reason: guildScope },
);

export const GuildUndoFinished = eventKind(
  'GuildUndoFinished',
  1,
  t.strict({ ...range, compensations: t.Int, refusals: t.Int }),
);

export const UNDO_EVENTS = [GuildUndoStarted, GuildUndoFinished] as const;
