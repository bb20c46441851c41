// Who may open a socket: a valid token of a live session, an allowed origin, and not too many already.
import { isLeft } from 'fp-ts/lib/Either.js';
import { type Limits } from '../../application/limits.ts';
import { type Metrics } from '../../application/metrics.ts';
import { type Authenticate, type Identity } from '../../application/session/authentication.ts';
import { type SessionVault } from '../../application/session/session-vault.ts';
import { type Clock } from '../../application/ports.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { type Admission, type Refusal, type UpgradeRequest } from './web-socket-port.ts';

/** `resume`: places, and the first thing it does will be to resume. */
export type PlacesWanted = 'no' | 'yes' | 'resume';

export type AdmittedPerson = Identity & {
  readonly address: string;
  readonly sessionExpiresAt: Timestamp;
  readonly places: PlacesWanted; // Asked to be told the place in the log with each frame
};

export type Gatekeeper = {
  /** Places are taken when admitted and given back by the function that comes with it; calling it twice is harmless. */
  readonly admit: (
    request: UpgradeRequest,
    open: (person: AdmittedPerson, release: () => void) => Admission['open'],
  ) => Promise<Refusal | Admission>;
};

const refusal = (status: string, error: string): Refusal => ({
  type: 'Refused',
  status,
  body: JSON.stringify({ error }),
});
const UNAUTHORIZED = refusal('401 Unauthorized', 'invalid_credentials');
const FORBIDDEN_ORIGIN = refusal('403 Forbidden', 'forbidden');
const TOO_MANY = refusal('429 Too Many Requests', 'rate_limited');
const CLOSING = refusal('503 Service Unavailable', 'unavailable');

/** The query's token wins over the header (browsers can't set headers on a WebSocket). Null when neither is there. */
const tokenOf = ({ query, authorization }: UpgradeRequest): string | null => {
  const inQuery = new URLSearchParams(query).get('access_token');
  if (inQuery !== null) return inQuery;
  return authorization.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : null;
};

const placesOf = ({ query }: UpgradeRequest): PlacesWanted => {
  const asked = new URLSearchParams(query).get('places');
  if (asked === 'resume') return 'resume';
  return asked === '1' ? 'yes' : 'no';
};

/** Counts places by key; `take` gives the function that frees the place again, or null when all are taken. */
const createPlaces = <Key>(max: number) => {
  const taken = new Map<Key, number>();
  return {
    take: (key: Key): (() => void) | null => {
      const count = taken.get(key) ?? 0;
      if (count >= max) return null;
      taken.set(key, count + 1);
      let isFreed = false;
      return () => {
        if (isFreed) return;
        isFreed = true;
        const left = (taken.get(key) ?? 1) - 1;
        if (left === 0) taken.delete(key);
        else taken.set(key, left);
      };
    },
  };
};

export const createGatekeeper = ({
  authenticate,
  findSession,
  follow,
  clientAddress,
  allowsOrigin,
  isClosing,
  metrics,
  limits,
  clock,
}: {
  readonly authenticate: Authenticate;
  readonly findSession: SessionVault['find'];
  /** Called for each socket; what it resolves to, when that socket is gone. */
  readonly follow: (userId: UserId) => Promise<() => void>;
  readonly clientAddress: (request: UpgradeRequest) => string;
  readonly allowsOrigin: (origin: string) => boolean;
  readonly isClosing: () => boolean;
  readonly metrics: Metrics;
  readonly limits: Limits;
  readonly clock: Clock;
}): Gatekeeper => {
  const byAddress = createPlaces<string>(limits.gatewayConnectionsPerAddressMax);
  const byUser = createPlaces<UserId>(limits.gatewayConnectionsPerUserMax);

  const identify = async (request: UpgradeRequest, address: string) => {
    const token = tokenOf(request);
    const identity = token === null ? null : await authenticate(token);
    if (identity === null || isLeft(identity)) return null;
    const session = await findSession(identity.right.sessionId);
    if (session === null || session.revoked || session.expiresAt <= clock.now()) return null;
    const places = placesOf(request);
    return { ...identity.right, address, sessionExpiresAt: session.expiresAt, places };
  };

  return {
    admit: async (request, open) => {
      if (isClosing()) return CLOSING;
      if (request.origin !== '' && !allowsOrigin(request.origin)) return FORBIDDEN_ORIGIN;
      const address = clientAddress(request);
      // The address's place is taken first, so that no one can pile up unfinished upgrades.
      const leaveAddress = byAddress.take(address);
      if (leaveAddress === null) return TOO_MANY;
      let leaveUser: (() => void) | null = null;
      let isAdmitted = false;
      try {
        const person = await identify(request, address);
        if (person === null) {
          metrics.authFailure('unauthorized');
          return UNAUTHORIZED;
        }
        if (isClosing()) return CLOSING;
        leaveUser = byUser.take(person.userId);
        if (leaveUser === null) return TOO_MANY;
        const leave = leaveUser;
        const unfollow = await follow(person.userId);
        const release = () => {
          unfollow();
          leave();
          leaveAddress();
        };
        isAdmitted = true;
        return { type: 'Admitted', open: open(person, release), abandoned: release };
      } finally {
        if (!isAdmitted) {
          leaveUser?.();
          leaveAddress();
        }
      }
    },
  };
};
