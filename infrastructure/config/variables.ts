// Every environment variable there is. Names and meanings are those of base contract 6.1 where it has them.
import { parseBindAddress, parseCidrs, type BindAddress } from './addresses.ts';
import { BLOB_SETTINGS } from './blob-variables.ts';
import { SEARCH_SETTINGS } from './search-variables.ts';
import { matching, oneOf, parsed, wholeNumber, type Setting } from './setting.ts';

const SECOND = 1000;
const KIB = 1024;
const MIB = 1024 * KIB;
const count = (variable: string, fallback: number, max = 1_000_000_000) =>
  wholeNumber(variable, fallback, { min: 1, max });

/** Bounds: one variable for each field of `Limits`. */
export const LIMIT_SETTINGS = {
  bodyBytesMax: count('FILAMENT_MAX_BODY_BYTES', MIB, 64 * MIB),
  requestTimeoutMs: count('FILAMENT_REQUEST_TIMEOUT_MS', 10 * SECOND, 600 * SECOND),
  requestsPerMinute: count('FILAMENT_RATE_LIMIT_REQUESTS_PER_MINUTE', 600),
  authRequestsPerMinute: count('FILAMENT_AUTH_ROUTE_REQUESTS_PER_MINUTE', 60),
  captchaTimeoutMs: count('FILAMENT_CAPTCHA_TIMEOUT_MS', 3 * SECOND, 60 * SECOND),
  directoryJoinsPerMinutePerAddress: count(
    'FILAMENT_DIRECTORY_JOIN_REQUESTS_PER_MINUTE_PER_IP',
    60,
  ),
  directoryJoinsPerMinutePerUser: count('FILAMENT_DIRECTORY_JOIN_REQUESTS_PER_MINUTE_PER_USER', 30),
  accessTokenSecs: count('FILAMENT_ACCESS_TOKEN_TTL_SECS', 900, 3600),
  sessionIdleSecs: count('FILAMENT_SESSION_IDLE_SECS', 30 * 86_400),
  sessionAbsoluteSecs: count('FILAMENT_SESSION_ABSOLUTE_SECS', 180 * 86_400),
  sessionsPerUserMax: count('FILAMENT_MAX_SESSIONS_PER_USER', 32, 10_000),
  argonConcurrency: count('FILAMENT_ARGON2_CONCURRENCY', 2, 64),
  argonQueueMax: count('FILAMENT_ARGON2_QUEUE_MAX', 128, 100_000),
  idempotencySecs: count('FILAMENT_IDEMPOTENCY_SECS', 86_400),
  avatarBytesMax: count('FILAMENT_MAX_AVATAR_BYTES', 2 * MIB, 64 * MIB),
  bannerBytesMax: count('FILAMENT_MAX_BANNER_BYTES', 6 * MIB, 64 * MIB),
  pictureUploadsMax: count('FILAMENT_PICTURE_UPLOADS_MAX', 8, 1000),
  friendsPerUserMax: count('FILAMENT_MAX_FRIENDS', 500, 5000),
  friendRequestsPendingMax: count('FILAMENT_MAX_PENDING_FRIEND_REQUESTS', 100, 1000),
  guildsCreatedPerUserMax: count('FILAMENT_MAX_CREATED_GUILDS_PER_USER', 5),
  channelsPerGuildMax: count('FILAMENT_MAX_CHANNELS_PER_GUILD', 500, 500),
  messageBytesMax: count('FILAMENT_MAX_MESSAGE_BYTES', 2000, 2000),
  aboutBytesMax: count('FILAMENT_MAX_ABOUT_BYTES', 2048, 2048),
  reactionsPerMessageMax: count('FILAMENT_MAX_REACTIONS_PER_MESSAGE', 64, 64),
  ipBansPerGuildMax: count('FILAMENT_GUILD_IP_BAN_MAX_ENTRIES', 4096, 100_000),
  ipBanHitsPerHourMax: count('FILAMENT_IP_BAN_HITS_PER_HOUR', 60),
  auditListLimitMax: count('FILAMENT_AUDIT_LIST_LIMIT_MAX', 100, 1000),
  auditRetentionSecs: count('FILAMENT_AUDIT_RETENTION_SECS', 10 * 365 * 86_400),
  ipObservationSecs: count('FILAMENT_IP_OBSERVATION_SECS', 90 * 86_400),
  ipObservationsPerUserMax: count('FILAMENT_IP_OBSERVATIONS_PER_USER', 32, 1000),
  attachmentBytesMax: count('FILAMENT_MAX_ATTACHMENT_BYTES', 25 * MIB, 1024 * MIB),
  attachmentQuotaBytes: count('FILAMENT_USER_ATTACHMENT_QUOTA_BYTES', 250 * MIB, 1024 ** 4),
  attachmentsPerUserMax: count('FILAMENT_MAX_ATTACHMENTS_PER_USER', 10_000, 100_000),
  erasureGraceSecs: wholeNumber('FILAMENT_ERASURE_GRACE_SECS', 86_400, {
    min: 0,
    max: 30 * 86_400,
  }),
  attachmentUnusedSecs: count('FILAMENT_ATTACHMENT_UNUSED_SECS', 86_400, 365 * 86_400),
  uploadTimeoutMs: count('FILAMENT_UPLOAD_TIMEOUT_MS', 300 * SECOND, 86_400 * SECOND),
  uploadGraceMs: count('FILAMENT_UPLOAD_GRACE_MS', 600 * SECOND, 86_400 * SECOND),
  downloadTimeoutMs: count('FILAMENT_DOWNLOAD_TIMEOUT_MS', 900 * SECOND, 86_400 * SECOND),
  transferStallMs: count('FILAMENT_TRANSFER_STALL_MS', 20 * SECOND, 600 * SECOND),
  uploadsPerUserMax: count('FILAMENT_UPLOADS_PER_USER', 8, 1000),
  uploadsMax: count('FILAMENT_UPLOADS_MAX', 64, 10_000),
  downloadsPerUserMax: count('FILAMENT_DOWNLOADS_PER_USER', 32, 10_000),
  searchQueryBytesMax: count('FILAMENT_SEARCH_QUERY_MAX_BYTES', 256, 4096),
  searchResultsMax: count('FILAMENT_SEARCH_RESULT_MAX', 50, 500),
  searchTimeoutMs: count('FILAMENT_SEARCH_TIMEOUT_MS', 200, 10 * SECOND),
  searchRebuildIntervalSecs: count('FILAMENT_SEARCH_REBUILD_INTERVAL_SECS', 600, 86_400),
  searchReconcilesPerMinute: count('FILAMENT_SEARCH_RECONCILES_PER_MINUTE', 6),
  searchReconcileDocumentsMax: count('FILAMENT_SEARCH_RECONCILE_DOCUMENTS_MAX', 10_000, 10_000),
  readWaitMs: count('FILAMENT_READ_WAIT_MS', 1 * SECOND, 30 * SECOND),
  sealEventsMax: count('FILAMENT_SEAL_EVENTS', 10_000, 100_000),
  sealSecs: count('FILAMENT_SEAL_SECS', 300, 86_400),
  logQueueMax: count('FILAMENT_LOG_QUEUE_MAX', 20_000, 1_000_000),
  guildCacheMax: count('FILAMENT_GUILD_CACHE_MAX', 10_000),
  membershipCacheMax: count('FILAMENT_MEMBERSHIP_CACHE_MAX', 100_000),
  contentCacheBytesMax: count('FILAMENT_CONTENT_CACHE_BYTES', 32 * MIB),
  gatewayFrameBytesMax: count('FILAMENT_GATEWAY_MAX_FRAME_BYTES', 64 * KIB, MIB),
  gatewayEventBytesMax: count('FILAMENT_MAX_GATEWAY_EVENT_BYTES', 64 * KIB, MIB),
  gatewayOutboundBytesMax: count('FILAMENT_GATEWAY_OUTBOUND_BYTES', MIB, 256 * MIB),
  gatewayIngressEventsMax: count('FILAMENT_GATEWAY_INGRESS_EVENTS_PER_WINDOW', 60),
  gatewayIngressWindowMs: count('FILAMENT_GATEWAY_INGRESS_WINDOW_MS', 10 * SECOND),
  gatewayHeartbeatMs: count('FILAMENT_GATEWAY_HEARTBEAT_MS', 30 * SECOND, 60 * SECOND),
  gatewayConnectionsPerUserMax: count('FILAMENT_GATEWAY_CONNECTIONS_PER_USER', 16),
  gatewayConnectionsPerAddressMax: count('FILAMENT_GATEWAY_CONNECTIONS_PER_ADDRESS', 64),
  gatewaySubscriptionsPerConnectionMax: count(
    'FILAMENT_GATEWAY_SUBSCRIPTIONS_PER_CONNECTION',
    1000,
  ),
  gatewayUserFanoutMax: count('FILAMENT_GATEWAY_USER_FANOUT_MAX', 10_000),
  gatewayResumesMax: count('FILAMENT_GATEWAY_RESUMES_MAX', 16, 1_000),
  gatewayResumesWaitingMax: count('FILAMENT_GATEWAY_RESUMES_WAITING_MAX', 2_000, 100_000),
  gatewayResumeTimeoutMs: count('FILAMENT_GATEWAY_RESUME_TIMEOUT_MS', 60 * SECOND, 600 * SECOND),
  presenceSyncUsersMax: count('FILAMENT_PRESENCE_SYNC_USERS_MAX', 1024, 1024),
} as const;

const DEFAULT_BIND: BindAddress = { host: '127.0.0.1', port: 8080 };
const address = (variable: string, fallback: BindAddress | null): Setting<BindAddress | null> =>
  parsed(variable, fallback, 'host:port, for example 127.0.0.1:8080', parseBindAddress);

/** Where things are and how they behave; secrets may also be given as `<variable>_FILE`. */
export const GENERAL_SETTINGS = {
  dataDirectory: matching('FILAMENT_DATA_DIR', './data', /^[^\0]{1,4096}$/, 'a directory'),
  bindAddress: address('FILAMENT_BIND_ADDR', DEFAULT_BIND),
  // Null: the host of the HTTP address, port 8081 (or 0 when the HTTP port is 0).
  gatewayBindAddress: address('FILAMENT_GATEWAY_BIND_ADDR', null),
  publicGatewayUrl: matching(
    'FILAMENT_PUBLIC_GATEWAY_URL',
    null,
    /^wss?:\/\/[^\s]{1,256}$/,
    'the ws:// or wss:// URL by which browsers reach the gateway',
  ),
  databaseUrl: matching(
    'FILAMENT_DATABASE_URL',
    null,
    /^postgres(ql)?:\/\/\S+$/,
    'a postgres:// URL (unset: the embedded PostgreSQL)',
    true,
  ),
  eventStoreUrl: matching(
    'FILAMENT_EVENTSTORE_URL',
    null,
    /^(esdb|kurrentdb)(\+discover)?:\/\/\S+$/,
    'an esdb:// connection string (unset: the PostgreSQL log)',
    true,
  ),
  masterKey: matching(
    'FILAMENT_MASTER_KEY',
    null,
    /^[A-Za-z0-9+/_-]{43}=?$/,
    '32 bytes in base64 (unset: made on first start and kept in the data directory)',
    true,
  ),
  ...BLOB_SETTINGS,
  backupKey: matching(
    'FILAMENT_BACKUP_KEY',
    null,
    /^[A-Za-z0-9+/_-]{43}=?$/,
    '32 bytes in base64, which `filament backup key FILE` makes; keep it elsewhere than the backups',
    true,
  ),
  ...SEARCH_SETTINGS,
  databasePoolMax: wholeNumber('FILAMENT_DATABASE_POOL_MAX', 10, { min: 2, max: 1000 }),
  logLevel: oneOf('FILAMENT_LOG_LEVEL', 'info', [
    'trace',
    'debug',
    'info',
    'warn',
    'error',
    'silent',
  ]),
  // Present or not is all that counts.
  debugRequestTimings: matching(
    'FILAMENT_DEBUG_REQUEST_TIMINGS',
    null,
    /^[^\0]{1,64}$/,
    'anything',
  ),
  trustedProxies: parsed(
    'FILAMENT_TRUSTED_PROXY_CIDRS',
    [],
    'a comma list of addresses or CIDR ranges',
    parseCidrs,
  ),
  // How much of an IPv6 address a new ban bars: the address itself, or its network, which is one customer's.
  ipBanIpv6Prefix: oneOf('FILAMENT_GUILD_IP_BAN_IPV6_PREFIX', '128', ['128', '64']),
  serverOwnerUserId: matching(
    'FILAMENT_SERVER_OWNER_USER_ID',
    null,
    /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/,
    'a user id (26 characters)',
  ),
  captchaSiteKey: matching(
    'FILAMENT_HCAPTCHA_SITE_KEY',
    null,
    /^\S{1,256}$/,
    'the hCaptcha site key',
  ),
  captchaSecret: matching(
    'FILAMENT_HCAPTCHA_SECRET',
    null,
    /^\S{1,256}$/,
    'the hCaptcha secret',
    true,
  ),
  captchaVerifyUrl: matching(
    'FILAMENT_HCAPTCHA_VERIFY_URL',
    'https://api.hcaptcha.com/siteverify',
    /^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost)(:|\/|$))\S{0,256}$/,
    'an https:// URL (http:// only for localhost)',
  ),
  argonMemoryKib: wholeNumber('FILAMENT_ARGON2_MEMORY_KIB', 19_456, {
    min: 19_456,
    max: 1_048_576,
  }),
  argonTimeCost: wholeNumber('FILAMENT_ARGON2_TIME_COST', 2, { min: 2, max: 16 }),
  unsafeDatabase: oneOf('FILAMENT_DEV_UNSAFE_DATABASE', 'no', ['no', 'yes']),
} as const;
