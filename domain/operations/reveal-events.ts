import * as t from 'io-ts';
import { eventKind } from '../shared/event-kind.ts';
import { GuildId } from '../shared/ids.ts';
import { Timestamp } from '../shared/timestamp.ts';

const orNull = <C extends t.Mixed>(codec: C) => t.union([codec, t.null]);

/** An operator had texts that stand sealed in the log shown to them; what they asked for, null where they did not say. */
export const SealedTextsRevealed = eventKind(
  'SealedTextsRevealed',
  1,
  t.strict({
    guildId: orNull(GuildId),
    actor: orNull(t.string),
    eventType: orNull(t.string),
    action: orNull(t.string),
    since: orNull(Timestamp),
    until: orNull(Timestamp),
    fromPosition: orNull(t.string),
    toPosition: orNull(t.string),
    correlationId: orNull(t.string),
    at: Timestamp,
  }),
);

export const REVEAL_EVENTS = [SealedTextsRevealed] as const;
