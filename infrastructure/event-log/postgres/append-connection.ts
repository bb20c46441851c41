// The one connection that batches go through. It's made anew when lost; a call that takes too long loses it on purpose,
// since its end can only be learned by trying again.
import pg from 'pg';
import { parametersOf } from '../../postgres/array-literal.ts';
import { APPEND_SQL, appendParameters, batchAnswer } from './append-call.ts';
import { type GroupCommitOptions } from './group-commit.ts';

export type AppendConnection = {
  readonly call: GroupCommitOptions['call'];
  readonly close: () => Promise<void>;
};

const CONNECT_MS_MAX = 3_000;

export const createAppendConnection = ({
  url,
  statementMsMax,
}: {
  readonly url: string;
  readonly statementMsMax: number;
}): AppendConnection => {
  let current: pg.Client | undefined;

  const drop = (client: pg.Client): void => {
    if (current === client) current = undefined;
    void client.end().catch(() => undefined);
  };

  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'filament log',
      connectionTimeoutMillis: CONNECT_MS_MAX,
      statement_timeout: statementMsMax,
      keepAlive: true,
    });
    client.on('error', () => drop(client));
    client.on('end', () => drop(client));
    await client.connect();
    // Whatever the server's default is: an acknowledged append is on disk.
    await client.query('SET synchronous_commit = on');
    current = client;
    return client;
  };

  const call: AppendConnection['call'] = async (batch, timeoutMs) => {
    const client = current ?? (await connect());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error('The database did not answer in time.')),
        timeoutMs,
      );
    });
    const values = appendParameters(batch);
    const answer = client.query<Record<string, unknown>>({
      name: 'append_batch',
      text: APPEND_SQL,
      values: parametersOf(values),
    });
    try {
      const { rows } = await Promise.race([answer, late]);
      return batchAnswer(batch, rows[0]);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) drop(client);
      throw error;
    } finally {
      clearTimeout(timer);
      answer.catch(() => undefined); // It rejects once more when the connection is dropped.
    }
  };

  const close = async (): Promise<void> => {
    await current?.end().catch(() => undefined);
  };
  return { call, close };
};
