// Goes round all sockets a few times a second: pings the quiet, drops the dead, ends those whose session is over.
import { type Limits } from '../../application/limits.ts';
import { type Clock } from '../../application/ports.ts';
import { type SessionVault } from '../../application/session/session-vault.ts';
import { type Connection, type GatewayLog } from './connection.ts';

const ROUND_MS_MAX = 500; // A session that expired is noticed within a second.
const RECHECK_MS = 1_000; // When the vault could not be asked

export type Watchman = { readonly start: () => void; readonly stop: () => void };

export const createWatchman = ({
  connections,
  findSession,
  onDead,
  onSessionOver,
  limits,
  clock,
  monotonic,
  log,
}: {
  readonly connections: () => ReadonlySet<Connection>;
  readonly findSession: SessionVault['find'];
  readonly onDead: (connection: Connection) => void;
  readonly onSessionOver: (connection: Connection) => void;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly monotonic: () => number;
  readonly log: GatewayLog;
}): Watchman => {
  let timer: NodeJS.Timeout | null = null;

  /** A refresh moves a session's end, so at the end that was known the vault is asked again. */
  const recheck = async (connection: Connection): Promise<void> => {
    connection.sessionCheckDueAt = clock.now() + RECHECK_MS;
    try {
      const session = await findSession(connection.sessionId);
      if (session === null || session.revoked || session.expiresAt <= clock.now())
        onSessionOver(connection);
      else connection.sessionCheckDueAt = session.expiresAt;
    } catch (error) {
      log.warn({ event: 'gateway.session.unknown', err: error });
    }
  };

  const visit = (connection: Connection, now: number) => {
    if (now - connection.lastHeardAt >= 2 * limits.gatewayHeartbeatMs) {
      onDead(connection);
      return;
    }
    if (now >= connection.pingDueAt) {
      connection.pingDueAt = now + limits.gatewayHeartbeatMs;
      connection.socket.ping();
    }
    if (clock.now() >= connection.sessionCheckDueAt) void recheck(connection);
  };

  return {
    start: () => {
      const everyMs = Math.max(10, Math.min(ROUND_MS_MAX, limits.gatewayHeartbeatMs / 4));
      timer ??= setInterval(() => {
        const now = monotonic();
        for (const connection of [...connections()]) visit(connection, now);
      }, everyMs);
    },
    stop: () => {
      if (timer !== null) clearInterval(timer);
      timer = null;
    },
  };
};
