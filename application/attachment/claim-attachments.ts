// A message and its attachments are several streams that can't be written at once. The claim comes first, all of it in
// one append; the message's own event follows. docs/decisions/attachments.md.
import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import {
  AttachmentId,
  type ChannelId,
  type GuildId,
  type MessageId,
  type UserId,
} from '../../domain/shared/ids.ts';
import { itemOf, type Storage } from '../../domain/storage/storage.ts';
import { type Attachment } from '../contract/answers.ts';
import { type CommandContext } from '../event-store/event-store.ts';
import { type Execute } from '../execute.ts';
import { INVALID, type Failure } from '../failure.ts';
import { inMessageOrder } from './attachment-answer.ts';
import { attachmentStream, type AttachmentStates } from './attachment-streams.ts';
import { neverPosted, type NeverPostedPorts } from './never-posted.ts';
import { createStorageStep } from './storage-step.ts';

export const ATTACHMENTS_PER_MESSAGE_MAX = 5; // Ids in one request, repeated ones included

type Claim = {
  readonly by: UserId;
  readonly guildId: GuildId;
  readonly channelId: ChannelId;
  readonly attachmentIds: readonly string[]; // As sent
  readonly messageId: MessageId;
  readonly request: string | null; // The hash of the idempotency key
  readonly context: CommandContext;
};
type Claimed = {
  readonly messageId: MessageId; // That of the first request, when this is a repeat of it
  readonly attachmentIds: readonly AttachmentId[];
  readonly attachments: readonly Attachment[];
};

export type AttachmentsOfMessages = {
  /** Makes attachments a message's own, all or none: the poster's, of its channel, used by no other message. */
  readonly claim: (claim: Claim) => Promise<Either<Failure, Claimed>>;
  /** What is still there of a message's attachments, in its order. */
  readonly shown: (attachmentIds: readonly AttachmentId[]) => Promise<readonly Attachment[]>;
};

/** Ids may be sent in lower case, as any parsed id (base contract 1.1); repeated ones count once. */
const parseIds = (ids: readonly string[]): readonly AttachmentId[] | null => {
  const upper = ids.map((id) => (/^[0-9a-z]{26}$/i.test(id) ? id.toUpperCase() : id));
  return upper.every(AttachmentId.is) ? [...new Set(upper)] : null;
};

/** The message that this very request claimed all of them for before. */
const claimedBefore = (
  storage: Storage,
  ids: readonly AttachmentId[],
  request: string | null,
): MessageId | null => {
  const bindings = ids.map((id) => itemOf(storage, id)?.binding ?? null);
  const [first = null] = bindings;
  if (request === null || first === null) return null;
  return bindings.every((each) => each?.request === request && each.messageId === first.messageId)
    ? first.messageId
    : null;
};

export const createAttachmentsOfMessages = ({
  execute,
  states,
  ...ports
}: NeverPostedPorts & {
  readonly execute: Execute;
  readonly states: AttachmentStates;
}): AttachmentsOfMessages => {
  const onStorage = createStorageStep({ execute, states });
  const load = (ids: readonly AttachmentId[]) =>
    Promise.all(ids.map(async (id) => (await states.attachments.get(attachmentStream(id))).state));

  return {
    shown: async (ids) => (ids.length === 0 ? [] : inMessageOrder(await load(ids))),
    claim: async ({ by, guildId, channelId, attachmentIds, request, context, ...claim }) => {
      const ids =
        attachmentIds.length > ATTACHMENTS_PER_MESSAGE_MAX ? null : parseIds(attachmentIds);
      if (ids === null) return left(INVALID);
      const own = (await load(ids)).filter(
        (state) =>
          state?.ownerId === by && state.guildId === guildId && state.channelId === channelId,
      );
      const attachments = inMessageOrder(own);
      if (attachments.length < ids.length) return left(INVALID);
      const bound = await onStorage(by, context, async (storage) => ({
        type: 'Bind',
        data: {
          userId: by,
          messageId: claimedBefore(storage, ids, request) ?? claim.messageId,
          attachmentIds: ids,
          request,
          at: ports.clock.now(),
          neverPosted: await neverPosted(ports, storage, ids),
        },
      }));
      if (isLeft(bound)) return bound;
      const [first] = ids;
      if (bound.right.type !== 'Executed' || first === undefined) return left(INVALID);
      const messageId = itemOf(bound.right.state, first)?.binding?.messageId ?? claim.messageId;
      return right({ messageId, attachmentIds: ids, attachments });
    },
  };
};
