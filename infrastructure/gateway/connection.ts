import {
  type ChannelId,
  type GuildId,
  type SessionId,
  type UserId,
} from '../../domain/shared/ids.ts';
import { type IngressWindow } from './ingress-window.ts';
import { type HeldFrames } from './held-frames.ts';
import { type Socket } from './web-socket-port.ts';

/** One signed-in socket and what is known of it. Mutable: it lives as long as the socket does. */
export type Connection = {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly address: string;
  readonly socket: Socket;
  readonly wantsPlaces: boolean; // Is told the place in the log with each frame, and may resume
  awaitsResume: boolean; // Said that it will resume: until then it is told of no event, since the resume tells of all
  held: HeldFrames | null; // Null: live. Else what it would have been told while it catches up
  readonly ingress: IngressWindow;
  readonly subscriptions: Map<GuildId, Set<ChannelId>>; // No guild without a channel
  subscriptionCount: number;
  isClosed: boolean;
  disconnectReason: DisconnectReason | null; // Why we ended it, when it was us
  lastHeardAt: number; // Monotonic milliseconds
  pingDueAt: number;
  sessionCheckDueAt: number; // Unix milliseconds
  pendingCommands: number;
  lastCommand: Promise<void>; // Settled when all commands so far are done: they run one after the other
};

/** The reasons of base contract 4.3 that this server can have. */
export type DisconnectReason =
  | 'client_close'
  | 'connection_closed'
  | 'socket_error'
  | 'slow_consumer'
  | 'event_too_large'
  | 'ingress_rate_limited'
  | 'invalid_envelope'
  | 'invalid_subscribe_payload'
  | 'invalid_message_create_payload'
  | 'invalid_resume_payload' // An addition of ours, as is the next
  | 'resume_timeout'
  | 'unknown_event'
  | 'ip_banned'
  | 'message_rejected';

/** Structured log lines; a pino logger fits. Never given tokens or content. */
export type GatewayLog = {
  readonly info: (fields: Readonly<Record<string, unknown>>, message?: string) => void;
  readonly warn: (fields: Readonly<Record<string, unknown>>, message?: string) => void;
  readonly error: (fields: Readonly<Record<string, unknown>>, message?: string) => void;
};
