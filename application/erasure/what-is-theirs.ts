// What of the log belongs to one person, event by event, and what has to be done about it when they are erased. Each act
// can be repeated: whoever goes through the log again after a crash finds done what was done.
import { isLeft, right, type Either } from 'fp-ts/lib/Either.js';
import { usernameReservation, type UsernameHolder } from '../../domain/account/username-decider.ts';
import { friendshipDecider, type Friendship } from '../../domain/friendship/decider.ts';
import { membershipDecider } from '../../domain/membership/decider.ts';
import { type Membership } from '../../domain/membership/membership.ts';
import { messageDecider } from '../../domain/message/decider.ts';
import { type Message, type MessagePlace } from '../../domain/message/message.ts';
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type FoldedStreams } from '../access/folded-streams.ts';
import { memberStream } from '../access/create-guild-access.ts';
import { pictureBlob, pictureScope } from '../account/change-picture.ts';
import { attachmentScope } from '../attachment/attachment-streams.ts';
import { type DiscardAttachment } from '../attachment/discard-attachment.ts';
import { type BlobStore } from '../blob/blob-store.ts';
import { type ContentKeys } from '../blob/content-keys.ts';
import { type EventType } from '../event-store/event-catalogue.ts';
import {
  type CommandContext,
  type Recorded,
  type Undecodable,
} from '../event-store/event-store.ts';
import { type Execute } from '../execute.ts';
import { NOT_FOUND, type Failure } from '../failure.ts';
import { friendshipStream } from '../friendship/friendships.ts';
import { messageStream } from '../message/message-streams.ts';
import { type Clock } from '../ports.ts';
import { type RevokeSession } from '../session/revoke-session.ts';

/** Something could not be done now; all of it can be tried again. */
export class ErasureInterrupted extends Error {
  override readonly name = 'ErasureInterrupted';
}

export type KeyKind = 'messages' | 'attachments' | 'pictures';

export type Act = {
  /** The key that goes with it; null where there is none of its own. */
  readonly key: { readonly kind: KeyKind; readonly scope: string } | null;
  readonly run: () => Promise<void>;
};

export type ActPorts = {
  readonly execute: Execute;
  readonly messages: FoldedStreams<Message | null>;
  readonly memberships: FoldedStreams<Membership>;
  readonly friendships: FoldedStreams<Friendship>;
  readonly usernames: FoldedStreams<UsernameHolder>;
  readonly revoke: RevokeSession;
  readonly discard: DiscardAttachment;
  readonly keys: Pick<ContentKeys, 'destroy'>;
  readonly blobs: Pick<BlobStore, 'remove'>;
  readonly clock: Clock;
};

type Done = Either<Failure, unknown>;

/** What is gone already is as asked. */
const requireDone = (outcome: Done): void => {
  if (isLeft(outcome) && outcome.left.type !== 'NotFound')
    throw new ErasureInterrupted(`The log did not take a step of it: ${outcome.left.type}.`);
};
const refuse = (): Failure => NOT_FOUND;

const createSteps = (ports: ActPorts, userId: UserId, context: CommandContext) => {
  const { execute, messages, memberships, friendships, usernames, clock } = ports;
  const common = { refuse, context };
  const at = () => clock.now();
  return {
    deleteMessage: async (place: MessagePlace): Promise<Done> =>
      execute({
        ...{ ...common, decider: messageDecider, states: messages },
        stream: messageStream(place.messageId),
        prepare: () =>
          Promise.resolve(
            right({ type: 'DeleteMessage' as const, data: { ...place, by: userId, at: at() } }),
          ),
      }),
    removeReaction: async (place: MessagePlace, emoji: string): Promise<Done> =>
      execute({
        ...{ ...common, decider: messageDecider, states: messages },
        stream: messageStream(place.messageId),
        prepare: () =>
          Promise.resolve(
            right({ type: 'RemoveReaction' as const, data: { ...place, userId, emoji, at: at() } }),
          ),
      }),
    leave: async (guildId: GuildId): Promise<Done> =>
      execute({
        ...{ ...common, decider: membershipDecider, states: memberships },
        stream: memberStream(guildId, userId),
        prepare: () => {
          const data = { guildId, userId, by: userId, at: at(), erased: true as const };
          return Promise.resolve(right({ type: 'Leave' as const, data }));
        },
      }),
    part: async (other: UserId): Promise<Done> =>
      execute({
        ...{ ...common, decider: friendshipDecider, states: friendships },
        stream: friendshipStream(userId, other),
        prepare: ({ standing, lastRequest }) => {
          const by = { by: userId, at: at() };
          return Promise.resolve(
            right(
              standing === 'requested' && lastRequest !== null
                ? {
                    type: 'DeleteFriendRequest' as const,
                    data: { ...by, requestId: lastRequest.requestId },
                  }
                : {
                    type: 'RemoveFriend' as const,
                    data: { ...by, friendId: other, erased: true as const },
                  },
            ),
          );
        },
      }),
    releaseName: async (stream: string): Promise<Done> =>
      execute({
        ...{ ...common, decider: usernameReservation, states: usernames, stream },
        prepare: () =>
          Promise.resolve(right({ type: 'ReleaseUsername' as const, data: { userId, at: at() } })),
      }),
  };
};

const placeOf = ({ messageId, guildId, channelId }: MessagePlace): MessagePlace => ({
  messageId,
  guildId,
  channelId,
});

type RecordedOf<Type extends EventType> = Extract<Recorded, { readonly type: Type }>;
type Look<Type extends EventType> = (event: RecordedOf<Type>) => Act | null;
/** Of kinds not listed nothing is to be done: they are of nobody, or of somebody else, or hold ids alone. */
type Looks = { readonly [Type in EventType]?: Look<Type> };

type Steps = ReturnType<typeof createSteps>;
const act = (run: () => Promise<void>, key: Act['key'] = null): Act => ({ key, run });
const step = (work: () => Promise<Done>): Act => act(async () => requireDone(await work()));

/** What they wrote and uploaded. */
const createWritten = (ports: ActPorts, steps: Steps, userId: UserId, context: CommandContext) => {
  const { messages, discard, keys, blobs } = ports;
  const withoutReactions = async (place: MessagePlace): Promise<void> => {
    const { state } = await messages.get(messageStream(place.messageId));
    for (const [emoji, people] of state?.reactions ?? [])
      if (people.has(userId)) requireDone(await steps.removeReaction(place, emoji));
  };
  const looks: Looks = {
    MessagePosted: ({ data }) => {
      if (data.authorId !== userId) return null;
      const scope = `message:${data.messageId}`;
      const run = async () => {
        requireDone(await steps.deleteMessage(placeOf(data)));
        await keys.destroy(scope);
      };
      return act(run, { kind: 'messages', scope });
    },
    AttachmentUploaded: ({ data: { attachmentId, ownerId } }) => {
      if (ownerId !== userId) return null;
      const run = async () => {
        const wish = { attachmentId, ownerId, by: userId, cause: 'request', context } as const;
        if (!(await discard(wish)))
          throw new ErasureInterrupted('The store of attachments could not remove a file.');
      };
      return act(run, { kind: 'attachments', scope: attachmentScope(attachmentId) });
    },
    ProfilePictureChanged: ({ data: { userId: whose, kind, pictureId } }) => {
      if (whose !== userId) return null;
      const scope = pictureScope(pictureId);
      const run = async () => {
        await keys.destroy(scope);
        await blobs.remove(pictureBlob(kind, pictureId));
      };
      return act(run, { kind: 'pictures', scope });
    },
    ReactionAdded: ({ data }) =>
      data.userId === userId ? act(() => withoutReactions(placeOf(data))) : null,
  };
  return looks;
};

/** Where they belong, and what lets them in. */
const createTies = (
  { revoke }: ActPorts,
  steps: Steps,
  userId: UserId,
  context: CommandContext,
): Looks => {
  const joined = ({ data }: RecordedOf<'MemberJoined' | 'MemberRestored'>): Act | null =>
    data.userId === userId ? step(() => steps.leave(data.guildId)) : null;
  return {
    MemberJoined: joined,
    MemberRestored: joined,
    FriendRequested: ({ data: { senderId, recipientId } }) => {
      if (senderId !== userId && recipientId !== userId) return null;
      return step(() => steps.part(senderId === userId ? recipientId : senderId));
    },
    SessionStarted: ({ data }) => {
      if (data.userId !== userId) return null;
      const { sessionId } = data;
      return step(() => revoke({ sessionId, userId, reason: 'operator', context }));
    },
    UsernameReserved: ({ data, meta }) =>
      data.userId === userId ? step(() => steps.releaseName(meta.stream)) : null,
  };
};

/** Names what has to be done about an event; null when it is not of that person, or nothing has. */
export const createWhatIsTheirs = (ports: ActPorts, userId: UserId, context: CommandContext) => {
  const steps = createSteps(ports, userId, context);
  const looks: Looks = {
    ...createWritten(ports, steps, userId, context),
    ...createTies(ports, steps, userId, context),
  };
  return (event: Recorded | Undecodable): Act | null => {
    if (event.type === 'Undecodable') return null;
    // A look of a type takes events of that type; the compiler can't follow that through the look-up.
    const look = looks[event.type] as Look<EventType> | undefined;
    return look?.(event) ?? null;
  };
};
