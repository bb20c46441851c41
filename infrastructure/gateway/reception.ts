// Receives an admitted person's socket: greets it, then takes in its frames.
import { type Limits } from '../../application/limits.ts';
import { type Metrics } from '../../application/metrics.ts';
import { type AdmittedPerson } from './admission.ts';
import { ownTopic } from './audience.ts';
import { type Connection } from './connection.ts';
import { type Connections } from './connections.ts';
import { type Disconnections } from './disconnections.ts';
import { createIngressWindow } from './ingress-window.ts';
import { decodeIngress, type Ingress, type IngressRefusal } from './ingress.ts';
import { type Outbox } from './outbox.ts';
import { type Socket, type SocketListener } from './web-socket-port.ts';

type Dependencies = {
  /** What those are told who want places. */
  readonly welcome: () => { readonly installation_id: string; readonly position: string };
  readonly connections: Connections;
  readonly outbox: Outbox;
  readonly perform: (connection: Connection, command: Ingress) => void;
  readonly disconnections: Disconnections;
  readonly metrics: Metrics;
  readonly limits: Limits;
  readonly monotonic: () => number;
};

const countRefusal = (metrics: Metrics, { reason }: IngressRefusal) => {
  switch (reason) {
    case 'unknown_event':
      metrics.gatewayUnknownReceived();
      return;
    case 'invalid_envelope':
    case 'invalid_subscribe_payload':
    case 'invalid_message_create_payload':
    case 'invalid_resume_payload':
      metrics.gatewayParseRejected(reason);
      return;
    case 'event_too_large':
    case 'ingress_rate_limited':
      return; // Only the disconnection is counted.
  }
};

/** A socket that has just been opened. */
const connect = (
  { limits, monotonic }: Dependencies,
  person: AdmittedPerson,
  socket: Socket,
): Connection => ({
  userId: person.userId,
  sessionId: person.sessionId,
  address: person.address,
  wantsPlaces: person.places !== 'no',
  awaitsResume: person.places === 'resume',
  held: null,
  socket,
  ingress: createIngressWindow({
    eventsMax: limits.gatewayIngressEventsMax,
    windowMs: limits.gatewayIngressWindowMs,
  }),
  subscriptions: new Map(),
  subscriptionCount: 0,
  isClosed: false,
  disconnectReason: null,
  lastHeardAt: monotonic(),
  pingDueAt: monotonic() + limits.gatewayHeartbeatMs,
  sessionCheckDueAt: person.sessionExpiresAt,
  pendingCommands: 0,
  lastCommand: Promise.resolve(),
});

export const createReception = (dependencies: Dependencies) => {
  const { welcome, connections, outbox, perform, disconnections, metrics, limits, monotonic } =
    dependencies;
  const receive = (connection: Connection, bytes: Uint8Array) => {
    if (connection.isClosed) return;
    connection.lastHeardAt = monotonic();
    const decoded = decodeIngress({
      bytes,
      window: connection.ingress,
      now: connection.lastHeardAt,
      frameBytesMax: limits.gatewayFrameBytesMax,
    });
    if (decoded.type !== 'refused') {
      perform(connection, decoded);
      return;
    }
    countRefusal(metrics, decoded);
    disconnections.disconnect(connection, decoded.reason);
  };

  return (person: AdmittedPerson, release: () => void) =>
    (socket: Socket): SocketListener => {
      const connection = connect(dependencies, person, socket);
      connections.add(connection);
      socket.subscribe(ownTopic(connection));
      socket.ping();
      const d = { user_id: person.userId, ...(connection.wantsPlaces && welcome()) };
      outbox.toSome([connection], 'connection', { t: 'ready', d });
      // Its session may have been revoked between the check of the token and now; ended in a turn of its own, since the
      // transport is still in the middle of opening the socket.
      if (disconnections.hasEnded(person.sessionId))
        setImmediate(() => disconnections.endForSession(connection));
      return {
        message: (bytes) => receive(connection, bytes),
        heard: () => {
          connection.lastHeardAt = monotonic();
        },
        closed: (cause) => {
          release();
          disconnections.cleanUp(connection, cause);
        },
      };
    };
};
