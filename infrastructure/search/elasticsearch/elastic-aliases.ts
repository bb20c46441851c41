// Requests that change which index is asked, and those like them.
import * as t from 'io-ts';
import { type ElasticClient } from './elastic-client.ts';
import { ElasticFailed } from './elastic-failed.ts';

export const ADMIN_MS = 30_000;

const Acknowledged = t.type({ acknowledged: t.boolean });
const Aliased = t.record(t.string, t.type({ aliases: t.record(t.string, t.unknown) }));

/** Null where the server says that there is none. */
export const unlessMissing = async <A>(asked: Promise<A>): Promise<A | null> => {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ElasticFailed && /^404 /.test(error.reason)) return null;
    throw error;
  }
};

/** A request that the whole cluster has to acknowledge. */
export const createElasticAct =
  (client: ElasticClient) =>
  (method: 'PUT' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> =>
    client.ask({
      ...{ method, path, answer: Acknowledged, timeoutMs: ADMIN_MS },
      ...(body && { body }),
    });

/** Lets searches ask one index and no other, in one step. Does nothing where they do already. */
export const createLetSearch = (client: ElasticClient, alias: string) => {
  const act = createElasticAct(client);
  const searched = async (): Promise<readonly string[]> =>
    Object.keys(
      (await unlessMissing(
        client.ask({
          ...{ method: 'GET' as const, path: `/_alias/${alias}` },
          ...{ answer: Aliased, timeoutMs: ADMIN_MS },
        }),
      )) ?? {},
    );
  return async (index: string): Promise<void> => {
    const before = await searched();
    if (before.length === 1 && before[0] === index) return;
    const others = before.filter((other) => other !== index);
    const actions = [
      ...others.map((other) => ({ remove: { index: other, alias } })),
      { add: { index, alias } },
    ];
    await act('POST', '/_aliases', { actions });
  };
};
