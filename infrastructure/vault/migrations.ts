// The vault: what must be erasable or must never be copied with the log. Nothing in it is an event (invariant I5).
// The log's append function writes data keys, passwords, sessions and reservations in the transaction of its events, so
// every column it does not know of is nullable or has a default.

const TABLES = `
CREATE SCHEMA vault;

CREATE TABLE vault.data_keys (
  scope      text COLLATE "C" PRIMARY KEY,
  salt       bytea       NOT NULL CHECK (length(salt) = 32),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE vault.passwords (
  user_id    text COLLATE "C" PRIMARY KEY,
  phc        text        NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE vault.sessions (
  session_id        text COLLATE "C" PRIMARY KEY,
  user_id           text COLLATE "C" NOT NULL,
  refresh_hash      bytea       NOT NULL CHECK (length(refresh_hash) = 32),
  started_at        timestamptz NOT NULL DEFAULT now(),
  expires_at        timestamptz NOT NULL,
  revoked_at        timestamptz,
  refreshed_at      timestamptz,
  previous_hash     bytea,
  rotation_nonce    bytea,
  rotation_key_hash bytea
);
CREATE INDEX sessions_user ON vault.sessions (user_id, session_id) WHERE revoked_at IS NULL;
CREATE INDEX sessions_expiry ON vault.sessions (expires_at);

CREATE TABLE vault.used_refresh_tokens (
  token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
  session_id text COLLATE "C" NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX used_refresh_tokens_expiry ON vault.used_refresh_tokens (expires_at);

CREATE TABLE vault.idempotency (
  key_hash    bytea PRIMARY KEY CHECK (length(key_hash) = 32),
  fingerprint bytea       NOT NULL,
  result      text        NOT NULL,
  position    bigint,
  expires_at  timestamptz NOT NULL
);
CREATE INDEX idempotency_expiry ON vault.idempotency (expires_at);
`;

// Check and exchange are one function under the session's row lock: of concurrent refreshes with one token exactly one
// finds it current, and each later statement sees what the one before it committed (READ COMMITTED).
const ROTATE = `
CREATE FUNCTION vault.rotate_session(
  p_session text, p_presented bytea, p_next bytea, p_nonce bytea, p_key_hash bytea, p_now timestamptz,
  p_idle interval, p_absolute interval, p_repeat interval,
  OUT outcome text, OUT user_id text, OUT nonce bytea, OUT issued_at timestamptz, OUT expires_at timestamptz
) LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  s vault.sessions%ROWTYPE;
  live boolean;
BEGIN
  SELECT * INTO s FROM vault.sessions x WHERE x.session_id = p_session FOR UPDATE;
  IF NOT FOUND THEN outcome := 'refused'; RETURN; END IF;
  user_id := s.user_id;
  live := s.revoked_at IS NULL AND s.expires_at > p_now;
  IF live AND s.refresh_hash = p_presented THEN
    outcome := 'rotated';
    nonce := p_nonce;
    issued_at := p_now;
    expires_at := least(p_now + p_idle, s.started_at + p_absolute);
    -- An hour longer than the token could have been used, so that a copy of it is recognised to the end.
    INSERT INTO vault.used_refresh_tokens VALUES (p_presented, p_session, p_now + p_idle + interval '1 hour');
    UPDATE vault.sessions x
       SET refresh_hash = p_next, previous_hash = p_presented, rotation_nonce = p_nonce,
           rotation_key_hash = p_key_hash, refreshed_at = p_now, expires_at = rotate_session.expires_at
     WHERE x.session_id = p_session;
  ELSIF live AND s.previous_hash = p_presented AND s.rotation_key_hash = p_key_hash
        AND s.refreshed_at + p_repeat >= p_now THEN
    outcome := 'repeated';
    nonce := s.rotation_nonce;
    issued_at := s.refreshed_at;
    expires_at := s.expires_at;
  ELSIF EXISTS (SELECT FROM vault.used_refresh_tokens u
                 WHERE u.token_hash = p_presented AND u.session_id = p_session) THEN
    outcome := 'replayed';
    UPDATE vault.sessions x SET revoked_at = p_now WHERE x.session_id = p_session AND x.revoked_at IS NULL;
  ELSE
    outcome := 'refused';
  END IF;
END $$;
`;

// Keyed hashes of addresses, never addresses (docs/decisions/ip-addresses.md). `network_key`: of an IPv6 address's /64.
const IP_ADDRESSES = `
CREATE TABLE vault.ip_observations (
  user_id     text COLLATE "C" NOT NULL,
  address_key bytea       NOT NULL CHECK (length(address_key) = 32),
  network_key bytea       CHECK (length(network_key) = 32),
  seen_at     timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  PRIMARY KEY (user_id, address_key)
);
CREATE INDEX ip_observations_expiry ON vault.ip_observations (expires_at);

CREATE TABLE vault.ip_bans (
  ban_id      text COLLATE "C" PRIMARY KEY,
  guild_id    text COLLATE "C" NOT NULL,
  address_key bytea NOT NULL CHECK (length(address_key) = 32),
  expires_at  timestamptz
);
CREATE INDEX ip_bans_expiry ON vault.ip_bans (expires_at) WHERE expires_at IS NOT NULL;
`;

// Which keys were destroyed outlives every backup of the vault: a restore destroys them again. Scopes are ids, not names.
// A trigger, so that no way of deleting a key forgets it.
const DESTROYED_KEYS = `
CREATE TABLE vault.destroyed_keys (
  scope        text COLLATE "C" PRIMARY KEY,
  destroyed_at timestamptz NOT NULL DEFAULT now()
);
CREATE FUNCTION vault.remember_destroyed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO vault.destroyed_keys (scope) SELECT DISTINCT scope FROM gone ON CONFLICT (scope) DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER remember_destroyed AFTER DELETE ON vault.data_keys
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION vault.remember_destroyed();
`;

/** In order; a released migration is never edited. */
export const VAULT_MIGRATIONS = [
  { id: 'vault-0001-tables', sql: TABLES },
  { id: 'vault-0002-rotate-session', sql: ROTATE },
  { id: 'vault-0003-ip-addresses', sql: IP_ADDRESSES },
  { id: 'vault-0004-destroyed-keys', sql: DESTROYED_KEYS },
] as const;
