// Fixed ids, limits and events for gateway specs.
import { type DomainEvent } from '../../../application/event-store/event-catalogue.ts';
import { type Position } from '../../../application/event-store/event-log.ts';
import { type Recorded } from '../../../application/event-store/event-store.ts';
import { type Limits } from '../../../application/limits.ts';
import {
  type ChannelId,
  type GuildId,
  type MessageId,
  type RoleId,
  type SessionId,
  type UserId,
} from '../../../domain/shared/ids.ts';
import { type Timestamp } from '../../../domain/shared/timestamp.ts';

const ulid = (kind: string, index: number) => `01J${kind}${String(index).padStart(22, '0')}`;
export const userId = (index: number) => ulid('A', index) as UserId;
export const guildId = (index: number) => ulid('B', index) as GuildId;
export const channelId = (index: number) => ulid('C', index) as ChannelId;
export const messageId = (index: number) => ulid('D', index) as MessageId;
export const sessionId = (index: number) => ulid('E', index) as SessionId;
export const roleId = (index: number) => ulid('F', index) as RoleId;
/** The role id the fake access takes for `@everyone`. */
export const EVERYONE = roleId(0);

export const noon = Date.UTC(2026, 0, 1, 12) as Timestamp;

export const LIMITS: Limits = {
  bodyBytesMax: 1_048_576,
  requestTimeoutMs: 10_000,
  requestsPerMinute: 600,
  authRequestsPerMinute: 60,
  captchaTimeoutMs: 3000,
  directoryJoinsPerMinutePerAddress: 60,
  directoryJoinsPerMinutePerUser: 30,
  accessTokenSecs: 900,
  sessionIdleSecs: 2_592_000,
  sessionAbsoluteSecs: 31_536_000,
  sessionsPerUserMax: 100,
  argonConcurrency: 1,
  argonQueueMax: 10,
  idempotencySecs: 86_400,
  avatarBytesMax: 2_097_152,
  bannerBytesMax: 6_291_456,
  pictureUploadsMax: 8,
  friendsPerUserMax: 500,
  friendRequestsPendingMax: 100,
  guildsCreatedPerUserMax: 5,
  channelsPerGuildMax: 500,
  messageBytesMax: 2_000,
  aboutBytesMax: 2_048,
  reactionsPerMessageMax: 64,
  ipBansPerGuildMax: 4_096,
  ipBanHitsPerHourMax: 60,
  auditListLimitMax: 100,
  auditRetentionSecs: 315_360_000,
  ipObservationSecs: 7_776_000,
  ipObservationsPerUserMax: 32,
  attachmentBytesMax: 1_048_576,
  attachmentQuotaBytes: 10_485_760,
  attachmentsPerUserMax: 100,
  erasureGraceSecs: 86_400,
  attachmentUnusedSecs: 86_400,
  uploadTimeoutMs: 10_000,
  uploadGraceMs: 600_000,
  downloadTimeoutMs: 10_000,
  transferStallMs: 10_000,
  uploadsPerUserMax: 8,
  uploadsMax: 8,
  downloadsPerUserMax: 8,
  searchQueryBytesMax: 256,
  searchResultsMax: 50,
  searchTimeoutMs: 200,
  searchRebuildIntervalSecs: 600,
  searchReconcilesPerMinute: 6,
  searchReconcileDocumentsMax: 10_000,
  readWaitMs: 1_000,
  sealEventsMax: 1_000,
  sealSecs: 300,
  logQueueMax: 1_000,
  guildCacheMax: 1_000,
  membershipCacheMax: 1_000,
  contentCacheBytesMax: 1_048_576,
  gatewayFrameBytesMax: 65_536,
  gatewayEventBytesMax: 65_536,
  gatewayOutboundBytesMax: 1_048_576,
  gatewayIngressEventsMax: 60,
  gatewayIngressWindowMs: 10_000,
  gatewayHeartbeatMs: 30_000,
  gatewayConnectionsPerUserMax: 16,
  gatewayConnectionsPerAddressMax: 64,
  gatewaySubscriptionsPerConnectionMax: 100,
  gatewayUserFanoutMax: 10_000,
  gatewayResumesMax: 16,
  gatewayResumesWaitingMax: 100,
  gatewayResumeTimeoutMs: 10_000,
  presenceSyncUsersMax: 1_024,
};

export const positionNo = (n: number) => String(n).padStart(20, '0') as Position;

let recordedSoFar = 0;
/** An event as the log hands it over. Positions grow with each call. */
export const recorded = <E extends DomainEvent>(
  event: E,
  correlationId = 'request',
): Recorded<E> => {
  recordedSoFar += 1;
  const position = positionNo(recordedSoFar);
  const meta: Recorded['meta'] = {
    position,
    stream: 'stream' in event.data ? String(event.data.stream) : `stream-${event.type}`,
    revision: recordedSoFar,
    eventId: `event-${recordedSoFar}`,
    version: 1,
    recordedAt: noon,
    actor: 'system',
    correlationId,
    causationId: null,
  };
  return { ...event, meta };
};
