// The log's tables and the one function that writes them. A released migration is never edited.
import { type Migration } from '../../postgres/migrations.ts';

const TABLES = `
CREATE SCHEMA log;

CREATE TABLE log.events (
  position       bigint      NOT NULL PRIMARY KEY,
  stream         text COLLATE "C" NOT NULL,
  revision       integer     NOT NULL CHECK (revision >= 0),
  event_id       uuid        NOT NULL,
  type           text COLLATE "C" NOT NULL,
  schema_version smallint    NOT NULL,
  scope          text COLLATE "C",
  actor          text COLLATE "C" NOT NULL,
  correlation_id uuid        NOT NULL,
  causation_id   uuid,
  recorded_at    timestamptz NOT NULL,
  -- Text, not jsonb: jsonb refuses some valid JSON and doesn't give back the exact bytes that seals are made over.
  payload        text        NOT NULL,
  CONSTRAINT events_stream_revision UNIQUE (stream, revision),
  CONSTRAINT events_event_id UNIQUE (event_id)
);
CREATE INDEX events_scope ON log.events (scope, position) WHERE scope IS NOT NULL;

-- After a restore from a backup positions are given out again: another store id tells clients to start afresh.
CREATE TABLE log.meta (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  store_id uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO log.meta DEFAULT VALUES;

CREATE FUNCTION log.refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'log is append-only' USING ERRCODE = '42501'; END $$;
CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON log.events FOR EACH ROW EXECUTE FUNCTION log.refuse();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON log.events FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
`;

// Appends a batch of commands, each to one stream, all in one transaction. Expected revision: >= 0 exact, -1 no stream,
// -2 any. Status: 1 stored; 0 conflict, base_rev is the actual head; 2 stored by an earlier try, first place given back;
// 3 the same request was done before under its idempotency key; 4 that key belongs to another request.
// The revision of the k-th event (from 1) of a command is base_rev + k.
//
// Why positions have no gaps and never appear behind a reader:
// - The lock is taken inside a VOLATILE function, so under READ COMMITTED each later statement sees what the previous
//   holder committed; one statement that locks and reads in one snapshot, or REPEATABLE READ, would not.
// - It's released after the transaction is visible, so the order of locks is that of positions and of visibility.
// - max + 1 under the lock, not a sequence, whose rolled-back numbers would leave holes.
// - One call is one transaction: a stopped client process can't sit on the lock.
const APPEND_BATCH = `
CREATE FUNCTION log.append_batch(
  p_streams text[],
  p_cmd_stream int[], p_cmd_expected int[], p_cmd_n int[], p_cmd_retry boolean[], p_cmd_first uuid[],
  p_cmd_key bytea[], p_cmd_print bytea[], p_cmd_result text[], p_cmd_expires bigint[],
  p_ev_cmd int[], p_ev_ord int[], p_id uuid[], p_type text[], p_version smallint[], p_scope text[], p_actor text[],
  p_correlation uuid[], p_causation uuid[], p_payload text[],
  p_key_cmd int[], p_key_scope text[], p_key_salt bytea[],
  p_write_cmd int[], p_write text[],
  OUT status smallint[], OUT first_pos bigint[], OUT base_rev int[], OUT recorded_ms bigint[], OUT result text[]
) LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  n int := cardinality(p_cmd_stream);
  c record;
  done record;
  heads int[];
  h int;
  head_pos bigint;
  head_ts timestamptz;
  pos bigint;
  ts timestamptz;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'append_batch needs read committed';
  END IF;
  PERFORM pg_advisory_xact_lock(7310, 1);
  SELECT position, recorded_at INTO head_pos, head_ts FROM log.events ORDER BY position DESC LIMIT 1;
  head_pos := coalesce(head_pos, 0);
  pos := head_pos;
  -- The database's clock, in ms, never backwards.
  ts := greatest(date_trunc('milliseconds', clock_timestamp()), head_ts);
  SELECT array_agg(coalesce((SELECT max(x.revision) FROM log.events x WHERE x.stream = t.s), -1) ORDER BY t.o)
    INTO heads FROM unnest(p_streams) WITH ORDINALITY AS t(s, o);
  status := array_fill(0::smallint, ARRAY[n]);
  first_pos := array_fill(NULL::bigint, ARRAY[n]);
  base_rev := array_fill(NULL::int, ARRAY[n]);
  recorded_ms := array_fill(NULL::bigint, ARRAY[n]);
  result := array_fill(NULL::text, ARRAY[n]);

  FOR c IN
    SELECT t.*, v.key_hash IS NOT NULL AS reserved, v.fingerprint = t.print AS same,
           v.result AS reserved_result, v.position AS reserved_pos
      FROM unnest(p_cmd_stream, p_cmd_expected, p_cmd_n, p_cmd_retry, p_cmd_first, p_cmd_key, p_cmd_print)
           WITH ORDINALITY AS t(s, expected, n, retry, first_id, key, print, i)
      LEFT JOIN vault.idempotency v ON v.key_hash = t.key AND v.expires_at > ts
     ORDER BY t.i
  LOOP
    h := heads[c.s];
    base_rev[c.i] := h;
    IF c.retry THEN
      SELECT x.position, x.revision, x.recorded_at INTO done
        FROM log.events x WHERE x.event_id = c.first_id AND x.stream = p_streams[c.s];
      IF FOUND THEN
        status[c.i] := 2;
        first_pos[c.i] := done.position;
        base_rev[c.i] := done.revision - 1;
        recorded_ms[c.i] := extract(epoch FROM done.recorded_at) * 1000;
        CONTINUE;
      END IF;
    END IF;
    IF c.reserved THEN
      IF c.same THEN
        status[c.i] := 3;
        first_pos[c.i] := c.reserved_pos;
        result[c.i] := c.reserved_result;
      ELSE
        status[c.i] := 4;
      END IF;
      CONTINUE;
    END IF;
    IF c.expected = -2 OR c.expected = h THEN
      status[c.i] := 1;
      first_pos[c.i] := pos + 1;
      recorded_ms[c.i] := extract(epoch FROM ts) * 1000;
      pos := pos + c.n;
      heads[c.s] := h + c.n;
    ELSE
      -- A conflict with ourselves: the caller tries again what was stored before the answer got lost.
      SELECT x.position, x.revision, x.recorded_at INTO done
        FROM log.events x WHERE x.event_id = c.first_id AND x.stream = p_streams[c.s];
      IF FOUND THEN
        status[c.i] := 2;
        first_pos[c.i] := done.position;
        base_rev[c.i] := done.revision - 1;
        recorded_ms[c.i] := extract(epoch FROM done.recorded_at) * 1000;
      END IF;
    END IF;
  END LOOP;
  IF pos = head_pos THEN RETURN; END IF;

  INSERT INTO log.events (position, stream, revision, event_id, type, schema_version, scope, actor,
                          correlation_id, causation_id, recorded_at, payload)
  SELECT first_pos[t.c] + t.o - 1, p_streams[p_cmd_stream[t.c]], base_rev[t.c] + t.o, t.id, t.ty, t.v, t.sc, t.ac,
         t.co, t.ca, ts, t.pl
    FROM unnest(p_ev_cmd, p_ev_ord, p_id, p_type, p_version, p_scope, p_actor, p_correlation, p_causation, p_payload)
      AS t(c, o, id, ty, v, sc, ac, co, ca, pl)
   WHERE status[t.c] = 1;

  -- No batch holds a key twice: the second would make this statement fail.
  INSERT INTO vault.idempotency AS v (key_hash, fingerprint, result, position, expires_at)
  SELECT t.key, t.print, t.res, first_pos[t.i] + p_cmd_n[t.i] - 1,
         timestamptz 'epoch' + t.expires * interval '1 millisecond'
    FROM unnest(p_cmd_key, p_cmd_print, p_cmd_result, p_cmd_expires)
      WITH ORDINALITY AS t(key, print, res, expires, i)
   WHERE t.key IS NOT NULL AND status[t.i] = 1
  ON CONFLICT (key_hash) DO UPDATE
    SET fingerprint = excluded.fingerprint, result = excluded.result,
        position = excluded.position, expires_at = excluded.expires_at;
  IF cardinality(p_key_cmd) > 0 THEN
    INSERT INTO vault.data_keys (scope, salt)
    SELECT t.sc, t.salt FROM unnest(p_key_cmd, p_key_scope, p_key_salt) AS t(c, sc, salt) WHERE status[t.c] = 1
    ON CONFLICT (scope) DO NOTHING;
  END IF;
  IF cardinality(p_write_cmd) > 0 THEN
    FOR c IN
      SELECT t.w::jsonb AS w FROM unnest(p_write_cmd, p_write) WITH ORDINALITY AS t(c, w, o)
       WHERE status[t.c] = 1 ORDER BY t.o
    LOOP
      PERFORM log.write_vault(c.w, ts);
    END LOOP;
  END IF;
  PERFORM pg_notify('log', (head_pos + 1)::text || ':' || pos::text);
END $$;
`;

const WRITE_VAULT = `
CREATE FUNCTION log.write_vault(w jsonb, ts timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
  CASE w->>'kind'
    WHEN 'password' THEN
      INSERT INTO vault.passwords (user_id, phc, changed_at) VALUES (w->>'userId', w->>'phc', ts)
      ON CONFLICT (user_id) DO UPDATE SET phc = excluded.phc, changed_at = excluded.changed_at;
    WHEN 'session' THEN
      INSERT INTO vault.sessions (session_id, user_id, refresh_hash, started_at, expires_at)
      VALUES (w->>'sessionId', w->>'userId', decode(w->>'refreshHash', 'hex'), ts,
              timestamptz 'epoch' + (w->>'expiresAt')::bigint * interval '1 millisecond');
    WHEN 'session_revoked' THEN
      UPDATE vault.sessions SET revoked_at = coalesce(revoked_at, ts) WHERE session_id = w->>'sessionId';
  END CASE;
END $$;
`;

const WRITE_VAULT_IP_BANS = `
CREATE OR REPLACE FUNCTION log.write_vault(w jsonb, ts timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
  CASE w->>'kind'
    WHEN 'password' THEN
      INSERT INTO vault.passwords (user_id, phc, changed_at) VALUES (w->>'userId', w->>'phc', ts)
      ON CONFLICT (user_id) DO UPDATE SET phc = excluded.phc, changed_at = excluded.changed_at;
    WHEN 'session' THEN
      INSERT INTO vault.sessions (session_id, user_id, refresh_hash, started_at, expires_at)
      VALUES (w->>'sessionId', w->>'userId', decode(w->>'refreshHash', 'hex'), ts,
              timestamptz 'epoch' + (w->>'expiresAt')::bigint * interval '1 millisecond');
    WHEN 'session_revoked' THEN
      UPDATE vault.sessions SET revoked_at = coalesce(revoked_at, ts) WHERE session_id = w->>'sessionId';
    WHEN 'ip_ban' THEN
      INSERT INTO vault.ip_bans (ban_id, guild_id, address_key, expires_at)
      VALUES (w->>'banId', w->>'guildId', decode(w->>'addressKey', 'hex'),
              timestamptz 'epoch' + (w->>'expiresAt')::bigint * interval '1 millisecond')
      ON CONFLICT (ban_id) DO NOTHING;
    WHEN 'ip_ban_lifted' THEN
      DELETE FROM vault.ip_bans WHERE ban_id = w->>'banId';
  END CASE;
END $$;
`;

/** In order. They come before the vault's: its tables are only named inside functions. */
export const LOG_MIGRATIONS: readonly Migration[] = [
  { id: 'log-0001-tables', sql: TABLES },
  { id: 'log-0002-append', sql: WRITE_VAULT + APPEND_BATCH },
  { id: 'log-0003-write-vault-ip-bans', sql: WRITE_VAULT_IP_BANS },
];
