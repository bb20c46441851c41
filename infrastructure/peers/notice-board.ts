// One connection to PostgreSQL that listens on a channel and posts to it, in order; it is opened again when it is lost.
import pg from 'pg';

const RECONNECT_MS = 500;
const CONNECT_MS_MAX = 3_000;
const QUERY_MS_MAX = 5_000;

/** What PostgreSQL takes. */
export const NOTICE_BYTES_MAX = 7_999;

export type NoticeBoard = {
  /** False when it was not posted: the connection is lost then, and opened again. */
  readonly post: (payload: string) => Promise<boolean>;
  readonly isListening: () => boolean;
  readonly close: () => Promise<void>;
};

export type NoticeBoardPorts = {
  readonly url: string;
  readonly channel: string;
  readonly hear: (payload: string | undefined) => void;
  /** At first, and again after each loss, during which notices were missed. */
  readonly onListening: () => void;
};

const connectionOf = (url: string): pg.Client =>
  new pg.Client({
    connectionString: url,
    application_name: 'filament peers',
    connectionTimeoutMillis: CONNECT_MS_MAX,
    query_timeout: QUERY_MS_MAX,
    keepAlive: true,
  });

/** Begins to listen; a database that is away is waited for. */
export const createNoticeBoard = ({
  url,
  channel,
  hear,
  onListening,
}: NoticeBoardPorts): NoticeBoard => {
  let current: pg.Client | null = null;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  const later = (): void => {
    if (isClosed) return;
    clearTimeout(timer);
    timer = setTimeout(() => void connect(), RECONNECT_MS);
    timer.unref();
  };
  const end = (client: pg.Client): Promise<void> => client.end().catch(() => {});
  const connect = async (): Promise<void> => {
    const client = connectionOf(url);
    client.on('error', () => {}); // The end that follows is what counts.
    client.on('end', () => {
      if (current === client) current = null;
      later();
    });
    client.on('notification', ({ payload }) => hear(payload));
    try {
      await client.connect();
      // A notice that a crash takes back was never heard: no commit of one need wait for the disk.
      await client.query('SET synchronous_commit = off');
      await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    } catch {
      await end(client);
      later();
      return;
    }
    if (isClosed) return end(client);
    current = client;
    onListening();
  };
  void connect();

  return {
    post: async (payload) => {
      const client = current;
      if (client === null) return false;
      try {
        await client.query('SELECT pg_notify($1, $2)', [channel, payload]);
        return true;
      } catch {
        if (current === client) current = null;
        void end(client);
        return false;
      }
    },
    isListening: () => current !== null,
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      const client = current;
      current = null;
      if (client !== null) await end(client);
    },
  };
};
