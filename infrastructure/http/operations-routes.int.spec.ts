import { operationsRoutes, type ReadinessCheck } from './operations-routes.ts';
import { runServer, type RunningServer } from './testing/running-server.ts';

let server: RunningServer;
let database: ReadinessCheck['isReady'] = () => Promise.resolve(true);
beforeAll(async () => {
  server = await runServer({
    routes: operationsRoutes({
      metricsText: () => Promise.resolve('# HELP a b\n'),
      readiness: [
        { name: 'database', isReady: () => database() },
        { name: 'log', isReady: () => Promise.resolve(true) },
      ],
      clientConfig: () => ({
        gateway_url: 'ws://gateway.test/gateway/ws',
        message_bytes_max: 2000,
        captcha_site_key: null,
      }),
    }),
  });
});
afterAll(() => server.close());

const get = async (path: string) => {
  const response = await server.fetch(path);
  return [response.status, await response.text()];
};

describe('the routes about the server', () => {
  it.each(['/health', '/health/live', '/slow', '/health/ready'])('answer %s', async (path) => {
    expect(await get(path)).toEqual([200, '{"status":"ok"}']);
  });

  it.each([
    ['says no', () => Promise.resolve(false)],
    ['throws', () => Promise.reject(new Error('away'))],
    ['hangs', () => new Promise<boolean>(() => {})],
  ])('name a part that %s as not ready, and live all the same', async (_what, isReady) => {
    database = isReady;
    expect(await get('/health/ready')).toEqual([
      503,
      '{"status":"unavailable","failing":["database"]}',
    ]);
    expect(await get('/health/live')).toEqual([200, '{"status":"ok"}']);
    database = () => Promise.resolve(true);
  });

  it('show metrics as Prometheus reads them', async () => {
    const response = await server.fetch('/metrics');
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toBe('# HELP a b\n');
  });

  it('echo a message, an empty one not', async () => {
    const echo = await server.post('/echo', '{"message":"héllo"}');
    expect(await echo.json()).toEqual({ message: 'héllo' });
    const empty = await server.post('/echo', '{"message":""}');
    expect([empty.status, await empty.text()]).toEqual([400, '']);
    expect((await server.post('/echo', '{"message":1}')).status).toBe(422);
  });

  it('tell clients what they need before signing in', async () => {
    expect(await (await server.fetch('/client-config')).json()).toEqual({
      gateway_url: 'ws://gateway.test/gateway/ws',
      message_bytes_max: 2000,
      captcha_site_key: null,
    });
  });

  it('refuse a plain request at the gateway', async () => {
    expect((await get('/gateway/ws'))[0]).toBe(400);
  });
});
