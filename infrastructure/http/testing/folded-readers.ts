// Readers that fold the whole log at each question: slow, but always right, and without a database.
import type * as t from 'io-ts';
import { isTimedOutAt, OUTSIDER, type Membership } from '../../../domain/membership/membership.ts';
import { membershipDecider } from '../../../domain/membership/decider.ts';
import { MEMBERSHIP_EVENTS, type MembershipEvent } from '../../../domain/membership/events.ts';
import { GUILD_EVENTS, type GuildEvent } from '../../../domain/guild/events.ts';
import { evolveGuild, type Guild } from '../../../domain/guild/guild.ts';
import { MESSAGE_EVENTS, type MessageEvent } from '../../../domain/message/events.ts';
import { evolveMessage, type Message } from '../../../domain/message/message.ts';
import { type GuildId, type UserId } from '../../../domain/shared/ids.ts';
import { type EventStore } from '../../../application/event-store/event-store.ts';
import { guildAnswer } from '../../../application/guild/guild-answers.ts';
import { type GuildReader } from '../../../application/guild/guild-reader.ts';
import { tokenize } from '../../../application/markdown/tokenize.ts';
import {
  type BanPlace,
  type KnownBan,
  type MemberReader,
} from '../../../application/membership/member-reader.ts';
import { messageAnswer } from '../../../application/message/message-answer.ts';
import { type MessageReader } from '../../../application/message/message-reader.ts';
import { foldBy } from './fold-by.ts';
import { foldFiles } from './folded-attachments.ts';

const newestFirst = <Item>(items: Iterable<Item>, idOf: (item: Item) => string): Item[] =>
  [...items].sort((a, b) => (idOf(a) < idOf(b) ? 1 : -1));

export const foldedReaders = (
  store: Pick<EventStore, 'readAll' | 'start'>,
): {
  readonly guilds: GuildReader;
  readonly members: MemberReader;
  readonly messages: Pick<MessageReader, 'page'>;
} => {
  const events = async () =>
    (await store.readAll(store.start, 100_000)).filter((event) => event.type !== 'Undecodable');
  const guilds = async () => {
    const folded = foldBy<Guild | null, GuildEvent>(
      await events(),
      GUILD_EVENTS,
      null,
      evolveGuild,
    );
    return newestFirst(
      [...folded.values()].filter((guild) => guild !== null),
      ({ guildId }) => guildId,
    );
  };
  const memberships = async () =>
    foldBy<Membership, MembershipEvent>(
      await events(),
      MEMBERSHIP_EVENTS,
      OUTSIDER,
      membershipDecider.evolve,
    );
  const isMember = (all: ReadonlyMap<string, Membership>, guildId: GuildId, userId: UserId) =>
    all.get(`member-${guildId}:${userId}`)?.standing === 'member';
  return {
    guilds: {
      guildsOf: async (userId) => {
        const all = await memberships();
        const mine = (await guilds()).filter(({ guildId }) => isMember(all, guildId, userId));
        return mine.map(guildAnswer);
      },
      publicGuilds: async ({ q, limit }) => {
        const found = (await guilds()).filter(
          ({ visibility, name }) =>
            visibility === 'public' && name?.toLowerCase().includes(q.toLowerCase()),
        );
        return found.slice(0, limit).map(guildAnswer);
      },
    },
    members: {
      holders: async ({ guildId, roleId, limit }) => {
        const prefix = `member-${guildId}:`;
        return [...(await memberships())]
          .filter(([stream, { roleIds }]) => stream.startsWith(prefix) && roleIds.has(roleId))
          .map(([stream]) => stream.slice(prefix.length) as UserId)
          .slice(0, limit);
      },
      bans: async ({ guildId, before, limit }) => {
        const bans = new Map<UserId, KnownBan>();
        for (const event of await events()) {
          if (event.type !== 'MemberBanned' && event.type !== 'MemberUnbanned') continue;
          const { userId, by, at } = event.data;
          if (event.data.guildId !== guildId) continue;
          if (event.type === 'MemberUnbanned') bans.delete(userId);
          else
            bans.set(userId, {
              userId,
              bannedBy: by,
              bannedAt: at,
              reason: event.data.reason ?? null,
            });
        }
        const placeOf = ({ bannedAt, userId }: BanPlace) =>
          `${String(bannedAt).padStart(16, '0')}_${userId}`;
        return newestFirst(bans.values(), placeOf)
          .filter((ban) => before === null || placeOf(ban) < placeOf(before))
          .slice(0, limit);
      },
      page: async ({ guildId, after, limit, at }) => {
        const prefix = `member-${guildId}:`;
        const all = await memberships();
        const guild = (await guilds()).find((candidate) => candidate.guildId === guildId);
        return [...all.keys()]
          .filter((stream) => stream.startsWith(prefix) && all.get(stream)?.standing === 'member')
          .map((stream) => stream.slice(prefix.length) as UserId)
          .sort()
          .filter((userId) => after === null || userId > after)
          .slice(0, limit)
          .map((userId) => {
            const membership = all.get(prefix + userId) ?? OUTSIDER;
            const held = [...membership.roleIds].filter((roleId) => guild?.roles.has(roleId));
            return {
              user_id: userId,
              role_ids: held.sort(),
              ...(isTimedOutAt(membership, at) && {
                timed_out_until_unix: Math.floor(Number(membership.timedOutUntil) / 1000) as t.Int,
              }),
            };
          });
      },
    },
    messages: {
      page: async ({ guildId, channelId, readerId, before, limit }) => {
        const files = foldFiles(await events());
        const all = foldBy<Message | null, MessageEvent>(
          await events(),
          MESSAGE_EVENTS,
          null,
          evolveMessage,
        );
        const there = [...all.values()].filter(
          (message) =>
            message?.deletedBy === null &&
            message.guildId === guildId &&
            message.channelId === channelId &&
            (before === null || message.messageId < before),
        );
        return newestFirst(
          there.filter((message) => message !== null),
          ({ messageId }) => messageId,
        )
          .slice(0, limit)
          .map((message) => {
            const content = message.content ?? '';
            const shown = files.ofMessage(message.attachmentIds);
            return messageAnswer(message, { content, tokens: tokenize(content) }, readerId, shown);
          });
      },
    },
  };
};
