// In front of an Elasticsearch whose queue is full: it takes no bulk, or some operations of one and not others.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as t from 'io-ts';
import { listenAnywhere } from '../../testing/tcp-proxy.ts';

export type Busy = 'no' | 'wholly' | 'partly';

export type BusyFront = {
  readonly url: string;
  readonly be: (busy: Busy) => void;
  /** When each bulk was refused, in whole or in part, by the monotonic clock. */
  readonly refusedAt: readonly number[];
  readonly close: () => Promise<void>;
};

const REJECTED = { type: 'es_rejected_execution_exception', reason: 'queue capacity' };
const BulkAnswer = t.type({ items: t.array(t.unknown) });
const Action = t.union([t.type({ index: t.unknown }), t.type({ delete: t.unknown })]);

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** The operations of a bulk, each with its lines. */
const operationsOf = (body: string): readonly (readonly string[])[] => {
  const operations: string[][] = [];
  const lines = body.split('\n').filter((line) => line !== '');
  for (let at = 0; at < lines.length;) {
    const action: unknown = JSON.parse(lines[at]!);
    if (!Action.is(action)) throw new Error('not a bulk');
    const length = 'index' in action ? 2 : 1;
    operations.push(lines.slice(at, at + length));
    at += length;
  }
  return operations;
};

export const startBusyFront = async (target: string): Promise<BusyFront> => {
  let busy: Busy = 'no';
  const refusedAt: number[] = [];
  const forward = (request: IncomingMessage, body: Buffer | string) =>
    fetch(`${target}${request.url ?? ''}`, {
      method: request.method ?? 'GET',
      headers: {
        'content-type': request.headers['content-type'] ?? 'application/json',
        accept: request.headers.accept ?? 'application/json',
      },
      ...(body.length > 0 && { body }),
    });
  const send = (response: ServerResponse, status: number, body: unknown) =>
    response
      .writeHead(status, {
        'content-type': 'application/vnd.elasticsearch+json;compatible-with=8',
        'x-elastic-product': 'Elasticsearch',
      })
      .end(JSON.stringify(body));
  /** Every other operation is done, the rest is refused, in the order that was asked. */
  const doSome = async (request: IncomingMessage, body: string) => {
    const operations = operationsOf(body);
    const done = operations.filter((_, n) => n % 2 === 0);
    // A bulk of one operation is done whole.
    if (done.length < operations.length) refusedAt.push(performance.now());
    const answer: unknown = await (
      await forward(
        request,
        done
          .flat()
          .map((line) => `${line}\n`)
          .join(''),
      )
    ).json();
    if (!BulkAnswer.is(answer))
      throw new Error(`not the answer of a bulk: ${JSON.stringify(answer)}`);
    const items = operations.map(([action = ''], n) => {
      if (n % 2 === 0) return answer.items[n / 2];
      const name = action.startsWith('{"index"') ? 'index' : 'delete';
      return { [name]: { status: 429, error: REJECTED } };
    });
    return { took: 1, errors: true, items };
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    const isRefused = busy !== 'no' && (request.url ?? '').startsWith('/_bulk');
    if (isRefused && busy === 'wholly') {
      refusedAt.push(performance.now());
      return void send(response, 429, { error: REJECTED, status: 429 });
    }
    if (isRefused) return void send(response, 200, await doSome(request, body.toString('utf8')));
    const answer = await forward(request, body);
    const headers: Record<string, string> = { 'x-elastic-product': 'Elasticsearch' };
    const type = answer.headers.get('content-type');
    if (type !== null) headers['content-type'] = type;
    response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()));
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  const port = await listenAnywhere(server);
  return {
    url: `http://127.0.0.1:${port}`,
    be: (next) => {
      busy = next;
    },
    refusedAt,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
