// Hears of other processes' appends. A notice is only a hint: followers also look by themselves now and then.
import pg from 'pg';

export type AppendNotices = { readonly close: () => Promise<void> };

const RECONNECT_MS = 250;
const CONNECT_MS_MAX = 3_000;

const lastPosition = (payload: string | undefined): number | undefined => {
  const last = /^\d{1,16}:(\d{1,16})$/.exec(payload ?? '')?.[1];
  return last === undefined ? undefined : Number(last);
};

/** Calls `onHead` with the position of the last event that is known to be there. */
export const listenForAppends = ({
  url,
  onHead,
  readHead,
}: {
  readonly url: string;
  readonly onHead: (position: number) => void;
  readonly readHead: () => Promise<number>;
}): AppendNotices => {
  let current: pg.Client | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const later = (): void => {
    if (closed) return;
    clearTimeout(timer);
    timer = setTimeout(() => void listen(), RECONNECT_MS);
    timer.unref();
  };

  const listen = async (): Promise<void> => {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'filament log notices',
      connectionTimeoutMillis: CONNECT_MS_MAX,
      keepAlive: true,
    });
    current = client;
    client.on('error', () => {});
    client.on('end', later);
    client.on('notification', ({ payload }) => {
      const last = lastPosition(payload);
      if (last !== undefined) onHead(last);
    });
    try {
      await client.connect();
      await client.query('LISTEN log');
      // What was appended before we listened comes with no notice.
      onHead(await readHead());
    } catch {
      await client.end().catch(() => undefined);
      later();
    }
    if (closed) await client.end().catch(() => undefined);
  };

  void listen();
  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await current?.end().catch(() => undefined);
    },
  };
};
