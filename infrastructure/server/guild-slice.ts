// Guilds, channels, members and messages: their commands and routes.
import { createGuildAccess } from '../../application/access/create-guild-access.ts';
import { type AuditReader } from '../../application/audit/audit-reader.ts';
import { createListAudit } from '../../application/audit/list-audit.ts';
import { type AttachmentReader } from '../../application/attachment/attachment-reader.ts';
import { createJoinGuild } from '../../application/directory/join-guild.ts';
import { createExecute } from '../../application/execute.ts';
import { createCreateChannel } from '../../application/guild/create-channel.ts';
import { createCreateGuild } from '../../application/guild/create-guild.ts';
import { type GuildReader } from '../../application/guild/guild-reader.ts';
import { createListChannels } from '../../application/guild/list-channels.ts';
import { createListGuilds } from '../../application/guild/list-guilds.ts';
import { createListPublicGuilds } from '../../application/guild/list-public-guilds.ts';
import { createOwnPermissions } from '../../application/guild/own-permissions.ts';
import { createUpdateGuild } from '../../application/guild/update-guild.ts';
import { createAddMember } from '../../application/membership/add-member.ts';
import { createBanAddresses } from '../../application/ip-ban/ban-addresses.ts';
import { type IpBanReader } from '../../application/ip-ban/ip-ban-reader.ts';
import { createLiftIpBan } from '../../application/ip-ban/lift-ip-ban.ts';
import { createListIpBans } from '../../application/ip-ban/list-ip-bans.ts';
import { createListMembers } from '../../application/membership/list-members.ts';
import { type MemberReader } from '../../application/membership/member-reader.ts';
import { createDeleteMessage } from '../../application/message/delete-message.ts';
import { createEditMessage } from '../../application/message/edit-message.ts';
import { createListMessages } from '../../application/message/list-messages.ts';
import { type MessageContents } from '../../application/message/message-contents.ts';
import { type MessageReader } from '../../application/message/message-reader.ts';
import { createMessageStreams } from '../../application/message/message-streams.ts';
import { createPostMessage } from '../../application/message/post-message.ts';
import {
  createAddReaction,
  createRemoveReaction,
} from '../../application/message/react-to-message.ts';
import { type NewId } from '../../application/ports.ts';
import { createTurns } from '../../application/turns.ts';
import { UserId } from '../../domain/shared/ids.ts';
import { createFindEarlier } from '../event-log/reservation-lookup.ts';
import { auditRoutes } from '../http/audit-routes.ts';
import { channelRoutes } from '../http/channel-routes.ts';
import { directoryRoutes } from '../http/directory-routes.ts';
import { guildRoutes } from '../http/guild-routes.ts';
import { ipBanRoutes } from '../http/ip-ban-routes.ts';
import { memberRoutes } from '../http/member-routes.ts';
import { messageRoutes } from '../http/message-routes.ts';
import { createRateLimiter } from '../http/rate-limiter.ts';
import { type Route } from '../http/route.ts';
import { type AddressBans } from './address-bans.ts';
import { type Log } from '../logging/log.ts';
import { createAloneInGuild } from './alone-in-guild.ts';
import { createAttachmentSlice } from './attachment-slice.ts';
import { type Foundation, type ServerFoundation } from './foundation.ts';
import { type RepeatedReactions } from './repeated-reactions.ts';
import { createRoleSlice } from './role-slice.ts';

type Readers = {
  readonly audit: AuditReader;
  readonly attachments: AttachmentReader;
  readonly guilds: GuildReader;
  readonly ipBans: IpBanReader;
  readonly members: MemberReader;
  readonly messages: MessageReader;
};

type Ports = {
  readonly newId: NewId;
  readonly readers: Readers;
  readonly contents: MessageContents;
  readonly addressBans: AddressBans;
  readonly tellAgain: RepeatedReactions['tellAgain'];
  readonly log: Log;
};

const createCommandPorts = ({ config, store, clock, newUuid, pool }: Foundation) => {
  const { limits, serverOwnerUserId } = config;
  const access = createGuildAccess({
    store,
    limits,
    serverOwnerId: UserId.is(serverOwnerUserId) ? serverOwnerUserId : null,
    clock,
  });
  const execute = createExecute({
    store,
    turns: createTurns(),
    newEventId: newUuid,
    findEarlier: createFindEarlier({ pool }),
  });
  return { execute, access, clock, limits };
};

type CommandPorts = ReturnType<typeof createCommandPorts>;

const createGuildRoutes = (
  foundation: Foundation,
  ports: CommandPorts,
  { newId, readers, addressBans }: Ports,
): readonly Route[] => {
  const { store } = foundation;
  const { access, clock, limits } = ports;
  const { vault, blocklist } = addressBans;
  const allowance = (perMinute: number) => createRateLimiter({ perMinute });
  return [
    ...guildRoutes({
      createGuild: createCreateGuild({ ...ports, store, newId }),
      updateGuild: createUpdateGuild(ports),
      listGuilds: createListGuilds({ guilds: readers.guilds }),
      listPublicGuilds: createListPublicGuilds({ guilds: readers.guilds }),
    }),
    ...directoryRoutes({
      joinGuild: createJoinGuild({
        ...ports,
        store,
        addresses: vault,
        blocklist,
        joinsOfAddress: allowance(limits.directoryJoinsPerMinutePerAddress),
        joinsOfUser: allowance(limits.directoryJoinsPerMinutePerUser),
      }),
    }),
    ...channelRoutes({
      createChannel: createCreateChannel({ ...ports, newId }),
      listChannels: createListChannels({ access }),
      ownPermissions: createOwnPermissions({ access }),
    }),
    ...createRoleSlice({
      ...{ ...ports, store, newId, members: readers.members },
      alone: createAloneInGuild(foundation),
    }),
    ...memberRoutes({
      listMembers: createListMembers({ ...ports, members: readers.members }),
      addMember: createAddMember({ ...ports, store }),
    }),
    ...auditRoutes({
      listAudit: createListAudit({ access, audit: readers.audit, clock, limits }),
    }),
    ...ipBanRoutes({
      listIpBans: createListIpBans({ access, ipBans: readers.ipBans, clock }),
      banAddresses: createBanAddresses({ ...ports, vault, blocklist, newId }),
      liftIpBan: createLiftIpBan({ ...ports, vault, blocklist }),
    }),
  ];
};

export const createGuildSlice = (foundation: ServerFoundation, wanted: Ports) => {
  const { store, clock, newUuid } = foundation;
  const { newId, readers, contents } = wanted;
  const ports = createCommandPorts(foundation);
  const { access, limits } = ports;
  const changing = { ...ports, messages: createMessageStreams(store) };
  const reacting = { ...changing, tellAgain: wanted.tellAgain };
  const attachments = createAttachmentSlice(foundation, {
    ...changing,
    ...wanted,
    reader: readers.attachments,
  });
  const postMessage = createPostMessage({
    access,
    store,
    attachments: attachments.ofMessages,
    contents,
    clock,
    newId,
    newEventId: newUuid,
    limits,
  });
  const routes: readonly Route[] = [
    ...createGuildRoutes(foundation, ports, wanted),
    ...messageRoutes({
      postMessage,
      listMessages: createListMessages({ access, messages: readers.messages }),
      editMessage: createEditMessage({
        ...changing,
        attachments: attachments.ofMessages,
        contents,
        newEventId: newUuid,
      }),
      deleteMessage: createDeleteMessage({ ...changing, discard: attachments.discard }),
      addReaction: createAddReaction(reacting),
      removeReaction: createRemoveReaction(reacting),
    }),
    ...attachments.routes,
  ];
  return { routes, access, postMessage, attachments };
};
