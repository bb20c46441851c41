// Ends sockets and clears up after those that ended, whoever ended them (base contract 4.3).
import { LRUCache } from 'lru-cache';
import { type Metrics } from '../../application/metrics.ts';
import { type GuildId, type SessionId } from '../../domain/shared/ids.ts';
import { type Audience } from './audience.ts';
import { type Connection, type DisconnectReason, type GatewayLog } from './connection.ts';
import { type Connections } from './connections.ts';
import { type Outbox } from './outbox.ts';
import { presenceFrame } from './presence-frame.ts';
import { type CloseCause } from './web-socket-port.ts';

const POLICY_VIOLATION = 1008;
const SERVICE_RESTART = 1012;
// Sessions that ended while a socket of theirs was still being opened; opening takes seconds at most.
const ENDED_SESSIONS_MAX = 10_000;
const GOODBYES_PER_TURN = 500;

export type Disconnections = {
  /** Drops the socket without a close frame; only a slow consumer is told, 1008. */
  readonly disconnect: (connection: Connection, reason: DisconnectReason) => void;
  readonly endSession: (sessionId: SessionId) => void;
  readonly endForSession: (connection: Connection) => void;
  readonly hasEnded: (sessionId: SessionId) => boolean;
  /** To be called when the socket is gone. */
  readonly cleanUp: (connection: Connection, cause: CloseCause) => void;
  readonly endAll: (drainMs: number) => Promise<void>;
};

const reasonOf = (connection: Connection, cause: CloseCause): DisconnectReason => {
  if (connection.disconnectReason !== null) return connection.disconnectReason;
  switch (cause.type) {
    case 'closed_by_peer':
      return 'client_close';
    case 'too_big':
      return 'event_too_large';
    case 'protocol_error':
      return 'socket_error';
    case 'lost':
    case 'ended_by_us':
      return 'connection_closed';
  }
};

const waitAtMost = async (promise: Promise<unknown>, ms: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, timeUp]);
  clearTimeout(timer);
};

export const createDisconnections = ({
  connections,
  audience,
  outbox,
  metrics,
  log,
}: {
  readonly connections: Connections;
  readonly audience: Audience;
  readonly outbox: () => Outbox;
  readonly metrics: Metrics;
  readonly log: GatewayLog;
}): Disconnections => {
  let isEndingAll = false;
  let endedSessions: LRUCache<SessionId, true> | null = null; // Made when it is needed: it takes its room at once

  const disconnect: Disconnections['disconnect'] = (connection, reason) => {
    if (connection.isClosed) return;
    connection.disconnectReason = reason;
    if (reason === 'slow_consumer') connection.socket.end(POLICY_VIOLATION, reason);
    else connection.socket.drop();
  };
  const endForSession: Disconnections['endForSession'] = (connection) => {
    if (connection.isClosed) return;
    log.info({ event: 'gateway.session.over', userId: connection.userId });
    connection.disconnectReason = 'connection_closed';
    // An addition of ours: clients of the base contract just see the end, ours need not try the same session again.
    connection.socket.end(POLICY_VIOLATION, 'session_ended');
  };
  const leave = (connection: Connection, guildId: GuildId) => {
    const change = audience.leaveGuild(connection, guildId);
    // When all go, telling each of every other would be quadratic, and say nothing: the server leaves, not the people.
    if (change === 'went_offline' && !isEndingAll)
      outbox().toGuild(guildId, presenceFrame(guildId, connection.userId, 'offline'));
  };

  return {
    disconnect,
    endForSession,
    endSession: (sessionId) => {
      endedSessions ??= new LRUCache({ max: ENDED_SESSIONS_MAX });
      endedSessions.set(sessionId, true);
      for (const connection of connections.ofSession(sessionId)) endForSession(connection);
    },
    hasEnded: (sessionId) => endedSessions?.has(sessionId) === true,
    cleanUp: (connection, cause) => {
      if (connection.isClosed) return;
      connection.isClosed = true;
      connections.remove(connection);
      metrics.gatewayDisconnect(reasonOf(connection, cause));
      for (const guildId of [...connection.subscriptions.keys()]) leave(connection, guildId);
      outbox().settle();
    },
    endAll: async (drainMs) => {
      const commands = [...connections.all()].map(({ lastCommand }) => lastCommand);
      await waitAtMost(Promise.all(commands), drainMs);
      outbox().flush();
      isEndingAll = true;
      const remaining = [...connections.all()];
      for (const [index, connection] of remaining.entries()) {
        // Some air between, so that a big server's goodbye does not stand still in one turn.
        if (index % GOODBYES_PER_TURN === GOODBYES_PER_TURN - 1) await new Promise(setImmediate);
        if (connection.isClosed) continue;
        connection.disconnectReason = 'connection_closed';
        connection.socket.end(SERVICE_RESTART, 'server_restart');
      }
    },
  };
};
