// Every route there is, for tests and documents that must leave none out. A test compares it with what the server serves.
import { accountRoutes } from '../http/account-routes.ts';
import { attachmentRoutes } from '../http/attachment-routes.ts';
import { auditRoutes } from '../http/audit-routes.ts';
import { channelRoutes } from '../http/channel-routes.ts';
import { directoryRoutes } from '../http/directory-routes.ts';
import { documentsRoutes } from '../http/documents-routes.ts';
import { friendRoutes } from '../http/friend-routes.ts';
import { guildRoutes } from '../http/guild-routes.ts';
import { ipBanRoutes } from '../http/ip-ban-routes.ts';
import { memberRoutes } from '../http/member-routes.ts';
import { messageRoutes } from '../http/message-routes.ts';
import { moderationRoutes } from '../http/moderation-routes.ts';
import { operationsRoutes } from '../http/operations-routes.ts';
import { overrideRoutes } from '../http/override-routes.ts';
import { pictureRoutes } from '../http/picture-routes.ts';
import { profileRoutes } from '../http/profile-routes.ts';
import { roleRoutes } from '../http/role-routes.ts';
import { type Route } from '../http/route.ts';
import { searchRoutes } from '../http/search-routes.ts';
import { sessionRoutes } from '../http/session-routes.ts';

// Only read for what the routes say of themselves: nothing is ever asked of the ports.
const NO_PORTS = {} as never;

const INTERFACE: readonly Route[] = [
  accountRoutes,
  sessionRoutes,
  profileRoutes,
  pictureRoutes,
  friendRoutes,
  guildRoutes,
  channelRoutes,
  overrideRoutes,
  directoryRoutes,
  ipBanRoutes,
  memberRoutes,
  moderationRoutes,
  auditRoutes,
  roleRoutes,
  messageRoutes,
  attachmentRoutes,
  searchRoutes,
  operationsRoutes,
].flatMap((routesOf) => routesOf(NO_PORTS));

export const EVERY_ROUTE: readonly Route[] = [...INTERFACE, ...documentsRoutes(INTERFACE)];
