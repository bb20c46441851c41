/** What is counted, under the names of base contract 6.3. Label values come from closed sets only, so series stay bounded. */
export type Metrics = {
  readonly authFailure: (reason: 'unauthorized' | 'forbidden') => void;
  readonly rateLimitHit: () => void;
  readonly gatewayDisconnect: (reason: string) => void;
  readonly gatewayEmitted: (scope: GatewayScope, eventType: string, deliveries: number) => void;
  readonly gatewayDropped: (scope: GatewayScope, eventType: string, reason: string) => void;
  readonly gatewayUnknownReceived: () => void;
  readonly gatewayParseRejected: (
    reason:
      | 'invalid_envelope'
      | 'invalid_subscribe_payload'
      | 'invalid_message_create_payload'
      | 'invalid_resume_payload',
  ) => void;
};

export type GatewayScope = 'connection' | 'channel' | 'guild' | 'user';
