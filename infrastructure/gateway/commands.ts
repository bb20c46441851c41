// What a client may ask over its socket: subscribe and message_create (base contract 4.2).
import { randomUUID } from 'node:crypto';
import { isLeft } from 'fp-ts/lib/Either.js';
import { type GuildAccess } from '../../application/access/guild-access.ts';
import { type CommandContext } from '../../application/event-store/event-store.ts';
import { type GuardAddress } from '../../application/ip-ban/guard-address.ts';
import { type Limits } from '../../application/limits.ts';
import { type PostMessage } from '../../application/message/post-message.ts';
import { type ChannelId, type GuildId } from '../../domain/shared/ids.ts';
import { type Audience } from './audience.ts';
import { type Connection, type DisconnectReason, type GatewayLog } from './connection.ts';
import { failureCode } from './failure-code.ts';
import { type Frame } from './frame-text.ts';
import { type Ingress } from './ingress.ts';
import { presenceFrame } from './presence-frame.ts';
import { type GuildMates } from './guild-mates.ts';
import { type Outbox } from './outbox.ts';
import { type People } from './people-announcers.ts';
import { createResume } from './resume.ts';
import { type ResumeDependencies } from './resume-dependencies.ts';
import { type Revocation } from './revocation.ts';
import { mayHearNow, type MomentFrames } from './subscribing.ts';
import { type Told } from './told.ts';

// Commands of one connection run one after the other; so many may wait.
export const PENDING_COMMANDS_MAX = 64;
// A guild dropped from the cache between the check and the joining is asked for again, but not for ever.
const PERMISSION_TRIES_MAX = 5;

type Dependencies = {
  readonly access: GuildAccess;
  readonly guardAddress: GuardAddress;
  readonly postMessage: PostMessage;
  readonly moment: MomentFrames;
  readonly told: Told;
  readonly resume: ResumeDependencies['source'];
  readonly people: Pick<People, 'lookup'>;
  readonly guildMates: GuildMates;
  readonly holdsInChannel: Revocation['holdsInChannel'];
  readonly monotonic: () => number;
  readonly audience: Audience;
  readonly outbox: Outbox;
  readonly disconnect: (connection: Connection, reason: DisconnectReason) => void;
  readonly limits: Limits;
  readonly log: GatewayLog;
};

type MessageCreate = (Ingress & { readonly type: 'message_create' })['data'];

const contextOf = ({ userId }: Connection): CommandContext => ({
  actor: `user:${userId}`,
  correlationId: randomUUID(),
});

/** Whether the guild bars the socket's address: then it is ended, whatever it asked (base contract 4.3 and 5.10). */
const createBarring =
  ({ guardAddress, disconnect }: Dependencies) =>
  async (connection: Connection, guildId: GuildId, context: CommandContext): Promise<boolean> => {
    const { userId, address } = connection;
    const barred = guardAddress({ guildId, userId, address, context });
    if (barred === false || !(await barred)) return false;
    disconnect(connection, 'ip_banned');
    return true;
  };

const createSubscribe = (dependencies: Dependencies) => {
  const { access, moment, audience, outbox, limits, log, told } = dependencies;
  const isBarred = createBarring(dependencies);

  const joinNow = (connection: Connection, guildId: GuildId, channelId: ChannelId): void => {
    outbox.flush(); // What was said before is not for the newcomer.
    connection.awaitsResume = false;
    const change = audience.join(connection, guildId, channelId);
    const reply = (frame: Frame) => outbox.toSome([connection], 'connection', frame);
    reply(moment.presenceSync(connection, guildId));
    if (change === 'came_online')
      outbox.toGuild(guildId, presenceFrame(guildId, connection.userId, 'online'));
    reply({ t: 'subscribed', d: { guild_id: guildId, channel_id: channelId } });
    reply(moment.voiceSync(guildId, channelId));
  };
  /** Null: whether it may be heard is not in the cache now. */
  const attempt = (
    connection: Connection,
    guildId: GuildId,
    channelId: ChannelId,
  ): 'joined' | 'forbidden' | 'too_many_subscriptions' | 'gone' | null => {
    const mayHear = mayHearNow(access, connection, guildId, channelId);
    if (mayHear === null) return null;
    if (!mayHear) return 'forbidden';
    if (connection.isClosed) return 'gone';
    const isRepeat = audience.isIn(connection, guildId, channelId);
    if (!isRepeat && connection.subscriptionCount >= limits.gatewaySubscriptionsPerConnectionMax)
      return 'too_many_subscriptions';
    joinNow(connection, guildId, channelId);
    return 'joined';
  };
  return async (connection: Connection, guildId: GuildId, channelId: ChannelId): Promise<void> => {
    if (await isBarred(connection, guildId, contextOf(connection))) return;
    // The answer must hold at the very moment of joining, so that no revocation falls into a gap: hence a look that waits
    // for nothing, repeated after each load. Who counts on places joins between two batches, whose frames may have been
    // left unmade for want of hearers.
    let outcome = null as ReturnType<typeof attempt>;
    const look = () => {
      outcome = attempt(connection, guildId, channelId);
    };
    for (let tries = 0; outcome === null && tries <= PERMISSION_TRIES_MAX; tries += 1) {
      if (tries > 0) await access.inChannel(connection.userId, guildId, channelId);
      if (connection.wantsPlaces) await told.between(look);
      else look();
    }
    if (outcome === 'joined' || outcome === 'gone') return;
    const cause = outcome ?? 'forbidden';
    log.info({ event: 'gateway.subscribe.rejected', userId: connection.userId, cause });
  };
};

const createMessageCreate = (dependencies: Dependencies) => {
  const { postMessage, outbox, disconnect, log } = dependencies;
  const isBarred = createBarring(dependencies);
  return async (connection: Connection, data: MessageCreate): Promise<void> => {
    const { nonce } = data;
    const failed = (error: string) => {
      if (nonce === undefined) disconnect(connection, 'message_rejected');
      else outbox.toSome([connection], 'connection', { t: 'command_failed', d: { nonce, error } });
    };
    const context = contextOf(connection);
    try {
      if (await isBarred(connection, data.guild_id, context)) return;
      const outcome = await postMessage({
        by: connection.userId,
        guildId: data.guild_id,
        channelId: data.channel_id,
        content: data.content,
        attachmentIds: data.attachment_ids ?? [],
        idempotencyKey: nonce ?? null,
        context,
      });
      if (isLeft(outcome)) failed(failureCode(outcome.left));
      else if (nonce !== undefined) {
        const d = { nonce, message: outcome.right.answer };
        outbox.toSome([connection], 'connection', { t: 'command_done', d });
      }
    } catch (error) {
      log.error({ event: 'gateway.message_create.failed', err: error });
      failed('internal_error');
    }
  };
};

/** Runs a connection's commands in the order they came; past PENDING_COMMANDS_MAX they are refused. */
export const createCommands = (dependencies: Dependencies) => {
  const { outbox, disconnect, log } = dependencies;
  const isBarred = createBarring(dependencies);
  const resume = createResume({
    ...dependencies,
    source: dependencies.resume,
    lookup: dependencies.people.lookup,
    isBarred: (connection, guildId) => isBarred(connection, guildId, contextOf(connection)),
  });
  const subscribe = createSubscribe(dependencies);
  const messageCreate = createMessageCreate(dependencies);

  const perform = async (connection: Connection, command: Ingress): Promise<void> => {
    try {
      // What someone said before hanging up still counts; what someone said before we cut them off does not.
      if (connection.disconnectReason !== null) return;
      if (command.type === 'message_create') await messageCreate(connection, command.data);
      else if (command.type === 'resume') await resume(connection, command.data);
      else await subscribe(connection, command.data.guild_id, command.data.channel_id);
    } catch (error) {
      // A subscribe that could not be decided stays unanswered, like a forbidden one.
      log.error({ event: `gateway.${command.type}.failed`, err: error });
    } finally {
      connection.pendingCommands -= 1;
    }
  };

  return (connection: Connection, command: Ingress): void => {
    if (connection.pendingCommands >= PENDING_COMMANDS_MAX) {
      const nonce = command.type === 'message_create' ? command.data.nonce : undefined;
      if (nonce === undefined) disconnect(connection, 'ingress_rate_limited');
      else {
        const d = { nonce, error: 'rate_limited' };
        outbox.toSome([connection], 'connection', { t: 'command_failed', d });
      }
      return;
    }
    connection.pendingCommands += 1;
    connection.lastCommand = connection.lastCommand.then(() => perform(connection, command));
  };
};
