import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { standingAt, type Message, type MessagePlace } from '../../domain/message/message.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { type FoldedStreams } from '../access/folded-streams.ts';
import { type GuildAccess } from '../access/guild-access.ts';
import { type Asking } from '../command-ports.ts';
import { type Execute } from '../execute.ts';
import { NOT_FOUND, type Failure } from '../failure.ts';
import { type Limits } from '../limits.ts';
import { type Clock } from '../ports.ts';

/** What commands on a message that exists stand on. */
export type MessageCommandPorts = {
  readonly execute: Execute;
  readonly access: GuildAccess;
  readonly messages: FoldedStreams<Message | null>;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'messageBytesMax' | 'reactionsPerMessageMax' | 'idempotencySecs'>;
};

export type OnMessage = Asking & MessagePlace;

/**
 * Who may edit or delete a message: its author while a member (also where they no longer may write), or who holds
 * `delete_message` in its channel.
 */
export const requireMayChange = async (
  access: GuildAccess,
  by: UserId,
  place: MessagePlace,
  state: Message | null,
): Promise<Either<Failure, Message>> => {
  const { guildId, channelId } = place;
  const member = await access.inGuild(by, guildId);
  if (isLeft(member)) return member;
  const message = standingAt(state, place);
  if (message === null) return left(NOT_FOUND);
  if (message.authorId === by) return right(message);
  const allowed = await access.requireInChannel(by, guildId, channelId, 'delete_message');
  return isLeft(allowed) ? allowed : right(message);
};
