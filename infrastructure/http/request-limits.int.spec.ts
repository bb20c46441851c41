import { right } from 'fp-ts/lib/Either.js';
import { type Position } from '../../application/event-store/event-log.ts';
import { type ReadPosition } from '../../application/ports.ts';
import { answered, route } from './route.ts';
import { ANY } from './testing/any.ts';
import { ada, ADAS_TOKEN, at, runServer, type RunningServer } from './testing/running-server.ts';

const asAda = { authorization: `Bearer ${ADAS_TOKEN}` };

const read = route({
  ...ANY,
  method: 'GET',
  url: '/read',
  auth: 'bearer',
  handle: () => Promise.resolve(answered('seen')),
});
const write = route({
  ...ANY,
  method: 'POST',
  url: '/write',
  auth: 'bearer',
  handle: () => Promise.resolve(right({ answer: 'done', position: at(5) })),
});
const login = route({
  ...ANY,
  method: 'POST',
  url: '/auth/login',
  auth: 'none',
  limit: 'login',
  handle: () => Promise.resolve(answered('in')),
});

let server: RunningServer | undefined;
afterEach(() => server?.close());

describe('the global limit', () => {
  it('counts a person by who they are and others by address', async () => {
    server = await runServer({ routes: [read], limits: { requestsPerMinute: 2 } });
    const statuses = async (headers: Record<string, string>) => {
      const answers = [];
      for (let i = 0; i < 3; i += 1)
        answers.push((await server?.fetch('/read', { headers }))?.status);
      return answers;
    };
    expect(await statuses({})).toEqual([401, 401, 429]);
    expect(await statuses(asAda)).toEqual([200, 200, 429]);
    // A stranger's token counts as none, or anybody could have as many allowances as they like.
    expect(await statuses({ authorization: 'Bearer made-up' })).toEqual([429, 429, 429]);
  });

  it('says how long to wait', async () => {
    server = await runServer({ routes: [], limits: { requestsPerMinute: 1 } });
    await server.fetch('/nowhere');
    const limited = await server.fetch('/nowhere');
    expect([limited.status, await limited.text()]).toEqual([429, '{"error":"rate_limited"}']);
    expect(limited.headers.get('retry-after')).toBe('60');
    expect(limited.headers.get('x-ratelimit-after')).toBe('60');
    expect(limited.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('believes forwarded addresses only of trusted proxies', async () => {
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
    server = await runServer({ routes: [], limits: { requestsPerMinute: 1 } });
    expect((await server.fetch('/', from('1.1.1.1'))).status).toBe(404);
    expect((await server.fetch('/', from('2.2.2.2'))).status).toBe(429);
    await server.close();
    server = await runServer({
      routes: [],
      limits: { requestsPerMinute: 1 },
      trustedProxies: ['127.0.0.0/8'],
    });
    expect((await server.fetch('/', from('1.1.1.1'))).status).toBe(404);
    expect((await server.fetch('/', from('2.2.2.2'))).status).toBe(404);
    expect((await server.fetch('/', from('9.9.9.9, 2.2.2.2'))).status).toBe(429);
  });
});

describe('the limit of a route', () => {
  it('refuses before the handler and is counted', async () => {
    server = await runServer({ routes: [login, read], limits: { authRequestsPerMinute: 2 } });
    const answers = [];
    for (let i = 0; i < 3; i += 1)
      answers.push(await server.fetch('/auth/login', { method: 'POST' }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[2]?.headers.get('retry-after')).toBe('60');
    expect(await answers[2]?.text()).toBe('{"error":"rate_limited"}');
    expect((await server.fetch('/read', { headers: asAda })).status).toBe(200);
    expect(await server.metrics.text()).toContain(
      'filament_rate_limit_hits_total{surface="http",reason="auth_failure"} 1',
    );
  });

  it('must exist', async () => {
    await expect(runServer({ routes: [{ ...login, limit: 'nonsense' }] })).rejects.toThrow(
      'unknown limiter: nonsense',
    );
    server = undefined;
  });
});

describe('reading', () => {
  const slowModel = () => {
    const waits: Position[] = [];
    let current = at(1);
    const readPosition: ReadPosition = {
      current: () => current,
      waitFor: (position) => {
        waits.push(position);
        if (position > at(100)) return Promise.resolve(false);
        current = position;
        return Promise.resolve(true);
      },
    };
    return { waits, readPosition };
  };

  it('waits for what the session itself wrote, and then no more', async () => {
    const { waits, readPosition } = slowModel();
    server = await runServer({ routes: [read, write], readPosition });
    await server.fetch('/read', { headers: asAda });
    expect(waits).toEqual([]);
    const wrote = await server.fetch('/write', { method: 'POST', headers: asAda });
    expect(wrote.headers.get('filament-position')).toBe(at(5));
    await server.fetch('/read', { headers: asAda });
    await server.fetch('/read', { headers: asAda });
    expect(waits).toEqual([at(5)]);
  });

  it('waits for what signing in wrote, for the session that it began', async () => {
    const { waits, readPosition } = slowModel();
    const signIn = route({
      ...ANY,
      method: 'POST',
      url: '/sign-in',
      auth: 'none',
      handle: () => Promise.resolve(right({ answer: 1, position: at(8), writer: ada.sessionId })),
    });
    server = await runServer({ routes: [read, signIn], readPosition });
    await server.fetch('/sign-in', { method: 'POST' });
    await server.fetch('/read', { headers: asAda });
    expect(waits).toEqual([at(8)]);
  });

  it('waits for a position that the client names, and says so when it is not reached', async () => {
    const { waits, readPosition } = slowModel();
    server = await runServer({ routes: [read], readPosition });
    const asking = (position: string, headers = asAda) =>
      server?.fetch('/read', { headers: { ...headers, 'filament-min-position': position } });
    expect((await asking(at(9)))?.status).toBe(200);
    expect(waits).toEqual([at(9)]);
    const missed = await asking(at(101));
    expect([missed?.status, missed?.headers.get('retry-after')]).toEqual([503, '1']);
    for (const nonsense of ['', '9', '-1', 'x'.repeat(20), '9'.repeat(21)])
      expect((await asking(nonsense))?.status).toBe(400);
    expect((await asking(at(101), { authorization: 'Bearer wrong' }))?.status).toBe(401);
    expect(waits).toHaveLength(2);
  });
});
