import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { attachmentDecider } from '../../domain/attachment/decider.ts';
import { type AttachmentId, type ChannelId, type GuildId } from '../../domain/shared/ids.ts';
import { type GuildAccess } from '../access/guild-access.ts';
import { type Asking } from '../command-ports.ts';
import { type Execute } from '../execute.ts';
import { NOT_FOUND, type Failure } from '../failure.ts';
import { type Clock, type Done } from '../ports.ts';
import { attachmentStream, type AttachmentStates } from './attachment-streams.ts';
import { type DiscardAttachment } from './discard-attachment.ts';

export type DeleteAttachment = (
  request: Asking & {
    readonly guildId: GuildId;
    readonly channelId: ChannelId;
    readonly attachmentId: AttachmentId;
  },
) => Promise<Either<Failure, Done<undefined>>>;

/**
 * Deletes an attachment, also one that a message uses: by its owner while a member, or by who holds `delete_message` in
 * the channel. What it held is gone when this resolves, or as soon as the store of bytes is back.
 */
export const createDeleteAttachment = ({
  execute,
  states,
  access,
  discard,
  clock,
}: {
  readonly execute: Execute;
  readonly states: AttachmentStates;
  readonly access: Pick<GuildAccess, 'inChannel' | 'requireInChannel'>;
  readonly discard: DiscardAttachment;
  readonly clock: Clock;
}): DeleteAttachment => {
  return async ({ by, guildId, channelId, attachmentId, context }) => {
    const member = await access.inChannel(by, guildId, channelId);
    if (isLeft(member)) return member;
    const deleted = await execute({
      decider: attachmentDecider,
      states: states.attachments,
      stream: attachmentStream(attachmentId),
      prepare: async (attachment) => {
        if (attachment?.guildId !== guildId || attachment.channelId !== channelId)
          return left(NOT_FOUND);
        if (attachment.ownerId !== by) {
          const allowed = await access.requireInChannel(by, guildId, channelId, 'delete_message');
          if (isLeft(allowed)) return allowed;
        }
        return right({ by, cause: 'request' as const, at: clock.now() });
      },
      refuse: () => NOT_FOUND,
      context,
    });
    if (isLeft(deleted)) return deleted;
    const state = deleted.right.type === 'Executed' ? deleted.right.state : null;
    if (state !== null)
      await discard({ attachmentId, ownerId: state.ownerId, by, cause: 'request', context });
    return right({ answer: undefined, position: deleted.right.position });
  };
};
