// Adding and removing a reaction share all but the rule itself, which the decider has.
import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { messageDecider } from '../../domain/message/decider.ts';
import { isReactionEmoji } from '../../domain/message/emoji.ts';
import { type MessagePlace } from '../../domain/message/message.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { type Reaction } from '../contract/answers.ts';
import { FORBIDDEN, INVALID, type Failure } from '../failure.ts';
import { type Done } from '../ports.ts';
import { reactionAnswer } from './message-answer.ts';
import { type MessageCommandPorts, type OnMessage } from './message-change.ts';
import { messageStream } from './message-streams.ts';

/** A reaction that changed nothing, since all was already as asked. */
export type RepeatedReaction = MessagePlace & {
  readonly userId: UserId;
  readonly emoji: string;
  readonly operation: 'add' | 'remove';
};

/**
 * Doing either twice is doing it once, so it needs no idempotency key. A repeat is answered alike but is no event; those
 * who listen are told again nevertheless, as the base contract has it.
 */
export type ReactToMessage = (
  request: Omit<OnMessage, 'idempotencyKey'> & { readonly emoji: string },
) => Promise<Either<Failure, Done<Reaction>>>;

const NO_SUCH_MESSAGE: Failure = { type: 'NotFound' }; // Told apart by identity

type ReactionPorts = MessageCommandPorts & {
  /** Tells those who listen; does not wait for it. */
  readonly tellAgain: (repeat: RepeatedReaction) => void;
};

const createReact =
  (
    { execute, access, messages, clock, limits, tellAgain }: ReactionPorts,
    type: 'AddReaction' | 'RemoveReaction',
  ): ReactToMessage =>
  async ({ by, messageId, guildId, channelId, emoji, context }) => {
    if (!isReactionEmoji(emoji)) return left(INVALID);
    const member = await access.inGuild(by, guildId);
    if (isLeft(member)) return member;
    const allowed =
      type === 'AddReaction'
        ? await access.requireToWrite(by, guildId, channelId)
        : await access.requireInChannel(by, guildId, channelId, 'create_message');
    if (isLeft(allowed)) return left(FORBIDDEN); // An unknown channel as well (base contract 2.8).
    const reaction = { messageId, guildId, channelId, userId: by, emoji, at: clock.now() };
    const emojiMax = limits.reactionsPerMessageMax;
    const reacted = await execute({
      decider: messageDecider,
      states: messages,
      stream: messageStream(messageId),
      prepare: () =>
        Promise.resolve(
          right(
            type === 'AddReaction'
              ? { type, data: { ...reaction, emojiMax } }
              : { type, data: reaction },
          ),
        ),
      refuse: (rejection) =>
        rejection.type === 'TooManyReactions' ? { type: 'QuotaExceeded' } : NO_SUCH_MESSAGE,
      context,
    });
    // Nobody reacts to a message that is not there: an existing client is told just that.
    if (isLeft(reacted) && reacted.left === NO_SUCH_MESSAGE && type === 'RemoveReaction')
      return right({ answer: reactionAnswer(null, emoji, by), position: null });
    if (isLeft(reacted)) return reacted;
    const { position } = reacted.right;
    if (reacted.right.type === 'Executed' && reacted.right.events.length === 0)
      tellAgain({
        messageId,
        guildId,
        channelId,
        userId: by,
        emoji,
        operation: type === 'AddReaction' ? 'add' : 'remove',
      });
    const state = reacted.right.type === 'Executed' ? reacted.right.state : null;
    return right({ answer: reactionAnswer(state, emoji, by), position });
  };

export const createAddReaction = (ports: ReactionPorts): ReactToMessage =>
  createReact(ports, 'AddReaction');

export const createRemoveReaction = (ports: ReactionPorts): ReactToMessage =>
  createReact(ports, 'RemoveReaction');
