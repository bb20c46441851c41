import { connect } from 'node:net';
import { right, left } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { closed } from '../../application/contract/closed.ts';
import { FORBIDDEN } from '../../application/failure.ts';
import { guildId, userId } from './path-params.ts';
import { answered, route, type Route } from './route.ts';
import { ANY } from './testing/any.ts';
import { ada, ADAS_TOKEN, at, runServer, type RunningServer } from './testing/running-server.ts';

const GUILD = '01J0000000000000000000GA1D';
const asAda = { authorization: `Bearer ${ADAS_TOKEN}` };

const Colour = t.keyof({ red: null, blue: null });
let arrived = () => {};
let release = () => {};
const released = new Promise<void>((resolve) => (release = resolve));

const routes: readonly Route[] = [
  route({
    ...ANY,
    method: 'POST',
    url: '/paint/:guildId',
    auth: 'bearer',
    params: { guildId },
    body: closed({ colour: Colour }, { note: t.string }),
    handle: ({ params, body, identity, idempotencyKey, context }) =>
      Promise.resolve(
        right({
          answer: { ...params, ...body, by: identity.userId, idempotencyKey, context },
          position: at(7),
        }),
      ),
  }),
  route({
    ...ANY,
    method: 'GET',
    url: '/people/:userId',
    auth: 'bearer',
    params: { userId },
    query: closed({}, { limit: t.string }),
    handle: ({ params, query }) => Promise.resolve(answered({ ...params, ...query })),
  }),
  route({
    ...ANY,
    method: 'PATCH',
    url: '/people/me',
    auth: 'none',
    status: 204,
    handle: () => Promise.resolve(answered(undefined)),
  }),
  route({
    ...ANY,
    method: 'GET',
    url: '/broken',
    auth: 'none',
    handle: () => Promise.reject(new Error('a bug that knows v4.public.c2VjcmV0')),
  }),
  route({
    ...ANY,
    method: 'GET',
    url: '/away',
    auth: 'none',
    handle: () => Promise.reject(Object.assign(new Error('gone'), { code: 'ECONNREFUSED' })),
  }),
  route({
    ...ANY,
    method: 'GET',
    url: '/stuck',
    auth: 'none',
    handle: () => new Promise(() => {}),
  }),
  route({
    ...ANY,
    method: 'POST',
    url: '/forbidden',
    auth: 'bearer',
    handle: () => Promise.resolve(left(FORBIDDEN)),
  }),
  route({
    ...ANY,
    method: 'GET',
    url: '/awaited',
    auth: 'none',
    handle: async () => {
      arrived();
      await released;
      return answered('at last');
    },
  }),
];

let server: RunningServer;
beforeAll(async () => {
  server = await runServer({ routes, limits: { requestTimeoutMs: 300, bodyBytesMax: 200 } });
});
afterAll(() => server.close());

const errorOf = async (response: Response) => [response.status, await response.text()];
const paint = (body: string, headers: Record<string, string> = asAda) =>
  server.post(`/paint/${GUILD}`, body, headers);

describe('a request body', () => {
  it('is decoded and handed to the handler with who sent it', async () => {
    const id = '0b8c5a52-7e4d-4b7e-9d2c-6a1f0c9b8e7d';
    const response = await paint('{"colour":"red","note":null}', {
      ...asAda,
      'idempotency-key': 'k-1',
      'x-request-id': id,
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('filament-position')).toBe(at(7));
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toEqual({
      guildId: GUILD,
      colour: 'red',
      by: ada.userId,
      idempotencyKey: 'k-1',
      context: { actor: `user:${ada.userId}`, correlationId: id },
    });
  });

  it.each([
    ['no JSON', '{"colour":', 400],
    ['nothing at all', '', 400],
    ['a lone surrogate', '{"colour":"red","note":"\\ud800"}', 400],
    ['a NUL', '{"colour":"red","note":"\\u0000"}', 400],
    ['a deep nest', `{"colour":"red","note":${'['.repeat(60)}${']'.repeat(60)}}`, 400],
    ['a wrong type', '{"colour":"red","note":1}', 422],
    ['a missing key', '{}', 422],
    ['an unknown key', '{"colour":"red","Note":"x"}', 422],
    ['__proto__', '{"colour":"red","__proto__":{"note":"x"}}', 422],
    ['constructor', '{"colour":"red","constructor":{"prototype":{}}}', 422],
    ['a key given twice', '{"colour":"red","colour":"red"}', 422],
    ['an unknown name', '{"colour":"green"}', 422],
    ['a number for a name', '{"colour":1}', 422],
    ['an inherited name', '{"colour":"toString"}', 422],
    ['a list', '["red"]', 422],
    ['null', 'null', 422],
    ['one byte too many', `"${'x'.repeat(199)}"`, 413],
  ])('is refused before authentication: %s', async (_what, body, status) => {
    const code = status === 413 ? 'payload_too_large' : 'invalid_request';
    expect(await errorOf(await paint(body, {}))).toEqual([status, `{"error":"${code}"}`]);
  });

  it('may be as long as the bound', async () => {
    const note = 'x'.repeat(200 - '{"colour":"red","note":""}'.length);
    expect((await paint(`{"colour":"red","note":"${note}"}`)).status).toBe(200);
  });

  it('is refused when it is not said to be JSON', async () => {
    const text = await server.fetch(`/paint/${GUILD}`, { method: 'POST', body: '{}' });
    expect(await errorOf(text)).toEqual([415, '{"error":"unsupported_media_type"}']);
    expect((await server.fetch(`/paint/${GUILD}`, { method: 'POST' })).status).toBe(415);
    expect((await paint('{}', { 'content-type': 'application/jsonp' })).status).toBe(415);
    expect((await paint('{}', { 'content-type': 'application/problem+json' })).status).toBe(422);
  });

  it('that never ends is cut off with 408', async () => {
    const head = `POST /paint/${GUILD} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"colour"`;
    const answer = await server.raw(head);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toMatch(/\r\n\r\n$/);
    expect((await paint('{"colour":"red"}')).status).toBe(200);
  });

  it('whose sender goes away half-way harms nobody', async () => {
    const half = `POST /paint/${GUILD} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"col`;
    await new Promise<void>((resolve, reject) => {
      const socket = connect({ port: server.port, host: '127.0.0.1' }, () => {
        socket.write(half, () => socket.resetAndDestroy());
      });
      socket.on('close', () => resolve());
      socket.on('error', reject);
    });
    expect((await paint('{"colour":"red"}')).status).toBe(200);
    expect(server.logged()).not.toContain('http.failed');
  });

  it('that lies about its length or its chunks is refused and the server goes on', async () => {
    const start = `POST /paint/${GUILD} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;
    const chunked = await server.raw(`${start}Transfer-Encoding: chunked\r\n\r\nzz\r\n`);
    expect(chunked).toMatch(/^HTTP\/1\.1 400 /);
    const both = await server.raw(
      `${start}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    );
    expect(both).toMatch(/^HTTP\/1\.1 400 /);
    const huge = await server.raw(
      `${start}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nfff\r\n${'x'.repeat(0xfff)}\r\n0\r\n\r\n`,
    );
    expect(huge).toMatch(/^HTTP\/1\.1 413 /);
    expect((await paint('{"colour":"red"}')).status).toBe(200);
  });
});

describe('the other input', () => {
  it('takes malformed ids compared as text for unknown, after authentication', async () => {
    for (const id of ['x', GUILD.toLowerCase(), '%00', '%F0%9F%98%80', 'x'.repeat(300)]) {
      const path = `/paint/${id}`;
      expect((await server.post(path, '{"colour":"red"}', asAda)).status).toBe(404);
      expect((await server.post(path, '{"colour":"red"}')).status).toBe(401);
      expect((await server.post(path, '{}')).status).toBe(422);
    }
  });

  it('parses user ids, lower case too, and refuses malformed ones as invalid', async () => {
    const response = await server.fetch(`/people/${ada.userId.toLowerCase()}`, { headers: asAda });
    expect(await response.json()).toEqual({ userId: ada.userId });
    for (const id of ['x', '%00', 'ı'.repeat(26)])
      expect(await errorOf(await server.fetch(`/people/${id}`, { headers: asAda }))).toEqual([
        400,
        '{"error":"invalid_request"}',
      ]);
  });

  it.each(['limit=1&limit=2', 'other=1', '__proto__=1', 'limit=%00', 'limit[]=1'])(
    'refuses the query %s before authentication',
    async (query) => {
      expect((await server.fetch(`/people/${ada.userId}?${query}`)).status).toBe(400);
    },
  );

  it('refuses paths that are no text', async () => {
    for (const path of ['/people/%', '/people/%FF', '/people/%zz'])
      expect((await server.fetch(path, { headers: asAda })).status).toBe(400);
  });

  it.each(['', 'a b', 'ü', 'x'.repeat(129)])('refuses the Idempotency-Key %j', async (key) => {
    const head = `POST /paint/${GUILD} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 16\r\nIdempotency-Key: ${key}\r\n\r\n{"colour":"red"}`;
    expect(await server.raw(head)).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('who asks', () => {
  it.each([
    undefined,
    'Bearer wrong',
    `bearer ${ADAS_TOKEN}`,
    `Bearer  ${ADAS_TOKEN}`,
    'Basic YTpi',
    'Bearer ',
  ])('is refused with %p', async (authorization) => {
    const headers = authorization === undefined ? {} : { authorization };
    expect(await errorOf(await paint('{"colour":"red"}', headers))).toEqual([
      401,
      '{"error":"invalid_credentials"}',
    ]);
  });

  it('is counted when refused', async () => {
    await paint('{"colour":"red"}', {});
    await server.fetch('/forbidden', { method: 'POST', headers: asAda });
    const text = await server.metrics.text();
    expect(text).toMatch(/filament_auth_failures_total\{reason="unauthorized"\} \d+/);
    expect(text).toMatch(/filament_auth_failures_total\{reason="forbidden"\} 1\n/);
  });
});

describe('every answer', () => {
  it('carries a request id, a sane one of the client if there is one', async () => {
    const own = await server.fetch('/nowhere', { headers: { 'x-request-id': 'abc.DEF_1-2' } });
    expect(own.headers.get('x-request-id')).toBe('abc.DEF_1-2');
    const insane = await server.fetch('/nowhere', { headers: { 'x-request-id': 'a b' } });
    expect(insane.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each(['/nowhere', '/broken', '/people/me', `/people/${ada.userId}`])(
    'has security headers: %s',
    async (path) => {
      const { headers } = await server.fetch(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    },
  );

  it('is 404 and empty where there is no route, also with a trailing slash', async () => {
    expect(await errorOf(await server.fetch('/nowhere'))).toEqual([404, '']);
    expect(await errorOf(await server.fetch('/people/me/', { method: 'PATCH' }))).toEqual([
      404,
      '',
    ]);
  });

  it.each(['QUERY', 'PROPFIND', 'TRACE', 'LOCK'])(
    'is 405 or 404 for %s as well',
    async (method) => {
      const asked = (path: string) =>
        server.raw(
          `${method} ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
        );
      expect(await asked('/people/me')).toMatch(/^HTTP\/1\.1 405 [\s\S]*\r\nallow: PATCH\r\n/);
      expect(await asked('/nowhere')).toMatch(/^HTTP\/1\.1 404 /);
    },
  );

  it('is 405 with what is allowed where a route has other methods', async () => {
    const get = await server.fetch('/people/me');
    expect([get.status, get.headers.get('allow'), await get.text()]).toEqual([405, 'PATCH', '']);
    const put = await server.post(`/people/${ada.userId}`, '{}');
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET,HEAD']);
    expect((await server.fetch('/people/me', { method: 'PATCH' })).status).toBe(204);
  });

  it('has no body for HEAD where GET is', async () => {
    const head = await server.fetch(`/people/${ada.userId}`, { method: 'HEAD', headers: asAda });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await server.fetch('/forbidden', { method: 'HEAD' })).status).toBe(405);
  });

  it('tells a bug only to the log, and no token even there', async () => {
    expect(await errorOf(await server.fetch('/broken'))).toEqual([
      500,
      '{"error":"internal_error"}',
    ]);
    expect(server.logged()).toContain('a bug that knows [redacted]');
  });

  it('is 503 while the database is away', async () => {
    const response = await server.fetch('/away');
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  });

  it('is 408 and empty when the handler takes too long', async () => {
    expect(await errorOf(await server.fetch('/stuck'))).toEqual([408, '']);
  });

  it('is a plain refusal for what is no HTTP', async () => {
    expect(await server.raw('GET / HTTP/9.9\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(
      await server.raw(`GET / HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`),
    ).toMatch(/^HTTP\/1\.1 431 /);
    expect(await server.raw('GET / HTTP/1.1\r\nHos')).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('is a hang-up for a connection that says nothing', async () => {
    expect(await server.raw('')).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });
});

describe('files', () => {
  it('are served where no route is, to readers only', async () => {
    const site = await runServer({
      routes,
      files: async (request, reply) => {
        if (request.url !== '/app.js') return false;
        await reply.header('cache-control', 'public, max-age=60').send('hello');
        return true;
      },
    });
    const file = await site.fetch('/app.js');
    expect([file.status, await file.text()]).toEqual([200, 'hello']);
    expect(file.headers.get('cache-control')).toBe('public, max-age=60');
    expect(file.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await site.fetch('/other.js')).status).toBe(404);
    expect((await site.fetch('/app.js', { method: 'POST' })).status).toBe(404);
    await site.close();
  });
});

describe('closing', () => {
  it('lets a request in flight finish and takes no new one', async () => {
    const closing = await runServer({ routes });
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    const inFlight = closing.fetch('/awaited');
    await arrival;
    const closed = closing.close();
    release();
    expect(await errorOf(await inFlight)).toEqual([200, '"at last"']);
    await closed;
    await expect(closing.fetch('/awaited')).rejects.toThrow('fetch failed');
  });
});
