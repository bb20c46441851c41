/** Every bound of the system (invariant I10), settable by environment; see docs/operate.md for the variables. */
export type Limits = {
  readonly bodyBytesMax: number; // JSON request bodies
  readonly requestTimeoutMs: number;
  readonly requestsPerMinute: number; // Per user, or per address without a valid token
  readonly authRequestsPerMinute: number; // Per route and address
  readonly captchaTimeoutMs: number; // Of the captcha's server; past it the captcha counts as failed
  readonly directoryJoinsPerMinutePerAddress: number;
  readonly directoryJoinsPerMinutePerUser: number;
  readonly accessTokenSecs: number;
  readonly sessionIdleSecs: number; // Sliding: each refresh renews it
  readonly sessionAbsoluteSecs: number; // From sign-in, whatever is refreshed
  readonly sessionsPerUserMax: number;
  readonly argonConcurrency: number;
  readonly argonQueueMax: number; // Waiting hashes; past it 503 with Retry-After
  readonly idempotencySecs: number; // How long a repeated request is recognised
  readonly avatarBytesMax: number; // As uploaded
  readonly bannerBytesMax: number;
  readonly pictureUploadsMax: number; // At once, since they are held in memory
  readonly friendsPerUserMax: number; // So many fit one answer
  readonly friendRequestsPendingMax: number; // Of one person, sent and received each
  readonly guildsCreatedPerUserMax: number;
  readonly channelsPerGuildMax: number;
  readonly messageBytesMax: number;
  readonly aboutBytesMax: number; // What a person says about themselves
  readonly reactionsPerMessageMax: number; // Distinct emoji
  readonly ipBansPerGuildMax: number; // In force
  readonly ipBanHitsPerHourMax: number; // Of a guild, that become audit facts
  readonly auditListLimitMax: number; // Rows of one page
  readonly auditRetentionSecs: number; // Older rows are not listed
  readonly ipObservationSecs: number; // How long is known from where somebody joined
  readonly ipObservationsPerUserMax: number; // The oldest of more are forgotten
  readonly attachmentBytesMax: number; // One file
  readonly attachmentQuotaBytes: number; // All files of a person, in messages or not
  readonly attachmentsPerUserMax: number; // Files of a person, however small
  readonly erasureGraceSecs: number; // From a deletion to the end of its key
  readonly attachmentUnusedSecs: number; // How long a file may wait to be used in a message
  readonly uploadTimeoutMs: number; // A whole upload
  readonly uploadGraceMs: number; // From its end until what is left of it counts as left behind
  readonly downloadTimeoutMs: number; // A whole download
  readonly transferStallMs: number; // Without a byte in either direction
  readonly uploadsPerUserMax: number; // At once
  readonly uploadsMax: number; // At once in this process; past it 503
  readonly downloadsPerUserMax: number; // At once
  readonly searchQueryBytesMax: number;
  readonly searchResultsMax: number;
  readonly searchTimeoutMs: number;
  readonly searchRebuildIntervalSecs: number; // Between two that were asked for over HTTP, of the whole installation
  readonly searchReconcilesPerMinute: number; // Per guild
  readonly searchReconcileDocumentsMax: number; // Of a guild, over HTTP
  readonly readWaitMs: number; // Bounded wait of a read for its own session's writes
  readonly sealEventsMax: number; // Of one seal; the notary seals when there are as many
  readonly sealSecs: number; // How long an event may be without a seal
  readonly logQueueMax: number; // Commands waiting for the group commit; past it 503
  readonly guildCacheMax: number; // Guild structures in memory
  readonly membershipCacheMax: number;
  readonly contentCacheBytesMax: number; // Opened message texts in memory
  readonly gatewayFrameBytesMax: number; // Inbound
  readonly gatewayEventBytesMax: number; // Outbound
  readonly gatewayOutboundBytesMax: number; // Unsent bytes of one connection; past it slow_consumer
  readonly gatewayIngressEventsMax: number; // Per window and connection
  readonly gatewayIngressWindowMs: number;
  readonly gatewayHeartbeatMs: number; // Ping interval; a peer silent for two is dead
  readonly gatewayConnectionsPerUserMax: number;
  readonly gatewayConnectionsPerAddressMax: number;
  readonly gatewaySubscriptionsPerConnectionMax: number;
  readonly gatewayUserFanoutMax: number; // People who hear of one change of a profile
  readonly gatewayResumesMax: number; // Resumes at one time in a process
  readonly gatewayResumesWaitingMax: number; // Those that wait for one of these to end; past it they are refused as busy
  readonly gatewayResumeTimeoutMs: number; // From asking to live; past it the socket is closed, to go on from where it got to
  readonly presenceSyncUsersMax: number; // Ids in one presence_sync; a client of the base contract drops more than 1,024
};
