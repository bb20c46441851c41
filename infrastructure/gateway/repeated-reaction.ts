// A reaction that was there already, or gone already, told once more as base contract 4.4 has it. No event stands behind
// it: it has no place in the log, and whoever catches up meanwhile is not told.
import { type RepeatedReaction } from '../../application/message/react-to-message.ts';
import { type Audience } from './audience.ts';
import { messageReactionFrame } from './event-frames.ts';
import { type ReactionCount } from './message-texts.ts';
import { type Outbox } from './outbox.ts';

/** Tells it with the count of the moment; must be called between two batches. */
export const createTellRepeat =
  ({
    audience,
    outbox,
    reactionCount,
  }: {
    readonly audience: Pick<Audience, 'inChannel'>;
    readonly outbox: Pick<Outbox, 'toChannel' | 'settle'>;
    readonly reactionCount: ReactionCount;
  }) =>
  async (repeat: RepeatedReaction): Promise<void> => {
    const { channelId, messageId, emoji, userId, operation } = repeat;
    if (audience.inChannel(channelId).size === 0) return;
    const count = await reactionCount(messageId, emoji, userId);
    // It went away since, and that was told.
    if (operation === 'add' && count === 0) return;
    outbox.toChannel(channelId, messageReactionFrame(repeat, operation, count));
    outbox.settle();
  };
