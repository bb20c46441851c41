// What survives a reload. The refresh token lives in localStorage: the policy allows no foreign or inline script, and
// a cookie would bring cross-site requests into a server that has none. The access token stays in memory.
import * as t from 'io-ts';

export const StoredSession = t.strict({
  refreshToken: t.string,
  /**
   * Sent as Idempotency-Key with the rotation of this very token, and stored before it: when the answer is lost
   * (reload, crash, bad line), the repeat is answered the same instead of looking like theft.
   */
  rotationKey: t.string,
  userId: t.string,
  username: t.string,
});
export type StoredSession = t.TypeOf<typeof StoredSession>;

export const SESSION_ITEM = 'filament.session';

export type SessionStore = {
  readonly read: () => StoredSession | null;
  readonly write: (session: StoredSession) => void;
  readonly clear: () => void;
};

/** Keeps one session in `storage`; unreadable content counts as none. */
export const createSessionStore = (
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
): SessionStore => ({
  read: () => {
    try {
      const decoded = StoredSession.decode(JSON.parse(storage.getItem(SESSION_ITEM) ?? 'null'));
      return decoded._tag === 'Right' ? decoded.right : null;
    } catch {
      return null;
    }
  },
  write: (session) => storage.setItem(SESSION_ITEM, JSON.stringify(session)),
  clear: () => storage.removeItem(SESSION_ITEM),
});
