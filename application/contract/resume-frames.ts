// Coming back after an absence: an addition of ours, for clients that connect with `places=1` (docs/PROTOCOL.md).
import * as t from 'io-ts';
import { ChannelId, GuildId, MessageId } from '../../domain/shared/ids.ts';
import { closed } from './closed.ts';
import { frame } from './frame.ts';

/** What a client sends to go on where it left off, before it subscribes to anything. */
export const ResumeData = closed(
  {
    installation_id: t.string,
    position: t.string,
    subscriptions: t.readonlyArray(
      closed({ guild_id: GuildId, channel_ids: t.readonlyArray(ChannelId) }, {}),
    ),
  },
  { missed: t.keyof({ replay: null, summary: null }) },
);

/** Everything up to `position` was told, one way or the other; what follows is live. */
export const ResumedFrame = frame(
  'resumed',
  t.strict({
    position: t.string,
    missed: t.keyof({ replay: null, summary: null }),
    replayed: t.Int, // Frames
  }),
);

export const ResumeRefusal = t.keyof({
  places_not_asked_for: null,
  already_subscribed: null,
  malformed_position: null,
  unknown_installation: null,
  position_beyond_head: null,
  position_unknown: null,
  too_many_subscriptions: null,
  busy: null,
});
export type ResumeRefusal = t.TypeOf<typeof ResumeRefusal>;

/** Nothing was resumed and nobody is subscribed; the connection goes on as a fresh one whose place is `position`. */
export const ResumeRefusedFrame = frame(
  'resume_refused',
  t.strict({ reason: ResumeRefusal, position: t.string }),
);

/** Instead of a replay: how far each channel has come. Several frames when there are many channels. */
export const MissedSummaryFrame = frame(
  'missed_summary',
  t.strict({
    channels: t.readonlyArray(
      t.strict({
        guild_id: GuildId,
        channel_id: ChannelId,
        last_message_id: t.union([MessageId, t.null]),
        last_position: t.union([t.string, t.null]),
        unread_count: t.Int,
        has_more: t.boolean,
      }),
    ),
    is_last: t.boolean,
    is_complete: t.boolean, // False: there are more channels than a summary tells of
  }),
);

export const RESUME_FRAMES = [ResumedFrame, ResumeRefusedFrame, MissedSummaryFrame] as const;
