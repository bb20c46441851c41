// All open connections, found by person, by session and by address.
import { type SessionId, type UserId } from '../../domain/shared/ids.ts';
import { type Connection } from './connection.ts';

export type Connections = {
  readonly add: (connection: Connection) => void;
  readonly remove: (connection: Connection) => void;
  readonly all: () => ReadonlySet<Connection>;
  /** Whether any of them wants places. */
  readonly hasPlaced: () => boolean;
  readonly ofUser: (userId: UserId) => readonly Connection[];
  readonly ofSession: (sessionId: SessionId) => readonly Connection[];
};

const createIndex = <Key>(keyOf: (connection: Connection) => Key) => {
  const byKey = new Map<Key, Set<Connection>>();
  return {
    add: (connection: Connection) => {
      const found = byKey.get(keyOf(connection));
      if (found) found.add(connection);
      else byKey.set(keyOf(connection), new Set([connection]));
    },
    remove: (connection: Connection) => {
      const found = byKey.get(keyOf(connection));
      found?.delete(connection);
      if (found?.size === 0) byKey.delete(keyOf(connection));
    },
    // A copy, since what is done to a connection may remove it.
    of: (key: Key) => [...(byKey.get(key) ?? [])],
  };
};

export const createConnections = (): Connections => {
  const all = new Set<Connection>();
  const byUser = createIndex((connection) => connection.userId);
  const bySession = createIndex((connection) => connection.sessionId);
  let placed = 0;
  return {
    add: (connection) => {
      if (connection.wantsPlaces && !all.has(connection)) placed += 1;
      all.add(connection);
      byUser.add(connection);
      bySession.add(connection);
    },
    remove: (connection) => {
      if (all.delete(connection) && connection.wantsPlaces) placed -= 1;
      byUser.remove(connection);
      bySession.remove(connection);
    },
    all: () => all,
    hasPlaced: () => placed > 0,
    ofUser: byUser.of,
    ofSession: bySession.of,
  };
};
