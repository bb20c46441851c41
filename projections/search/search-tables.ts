// The tables of the index: one GIN index over vectors, and how many messages hold each term.
// Numbers of guilds and channels, and of the messages in a guild, are given in log order to every message ever posted,
// deleted and erased ones too: a rebuilt index then equals the live one, row by row.
export const SEARCH_TABLES = ['guild', 'channel', 'doc', 'term'] as const;

export const CREATE_SEARCH_TABLES = `
  CREATE TABLE {schema}.guild (
    guild_no int4 PRIMARY KEY,
    guild_id text COLLATE "C" UNIQUE NOT NULL,
    next_seq int4 NOT NULL
  ) WITH (fillfactor = 50);
  CREATE TABLE {schema}.channel (
    channel_no int4 PRIMARY KEY,
    channel_id text COLLATE "C" UNIQUE NOT NULL,
    guild_no   int4 NOT NULL,
    docs       int4 NOT NULL
  ) WITH (fillfactor = 50);
  CREATE INDEX channel_guild ON {schema}.channel (guild_no);
  CREATE TABLE {schema}.doc (
    guild_no   int4 NOT NULL,
    seq        int4 NOT NULL,        -- Counts the guild's messages, from 0
    message_id uuid NOT NULL UNIQUE, -- The 16 bytes of the ULID
    channel_no int4 NOT NULL,
    len        int2 NOT NULL,        -- Number of tokens
    tsv        tsvector NOT NULL,
    PRIMARY KEY (guild_no, seq)
  );
  -- ANALYZE would compute element statistics that no plan here uses.
  ALTER TABLE {schema}.doc ALTER tsv SET STATISTICS 0;
  CREATE TABLE {schema}.term (
    guild_no int4 NOT NULL,
    term     text COLLATE "C" NOT NULL,
    df       int4 NOT NULL,
    PRIMARY KEY (guild_no, term)
  ) WITH (fillfactor = 70);`;

// With a pending list, written to at a fraction of the price of the index itself. Searches read the list too, and the
// follower empties it when it's full: so it is kept short, and nobody but the follower waits.
const PENDING_LIST_KIB = 256;

export const CREATE_SEARCH_INDEXES = `
  CREATE INDEX doc_tsv ON {schema}.doc USING gin (tsv)
    WITH (fastupdate = on, gin_pending_list_limit = ${PENDING_LIST_KIB});
  CREATE INDEX term_fuzzy ON {schema}.term (guild_no, substr(term, 1, 1), length(term));`;

/** For wildcards that begin with one; needs pg_trgm. */
export const CREATE_TRIGRAM_INDEX = `
  CREATE INDEX term_trigrams ON {schema}.term USING gin (term gin_trgm_ops);`;
