// Each limit at its number and one beyond, all at once, and with addresses made up to get around it.
import { answered, route, type Route } from './route.ts';
import { ANY } from './testing/any.ts';
import { createGuildWorld, field } from './testing/guild-world.ts';
import { ADAS_TOKEN, runServer, type RunningServer } from './testing/running-server.ts';

const N = 7;
const BEYOND = 20;

const ROUTE_LIMITERS = [
  'register',
  'login',
  'refresh',
  'profile_update',
  'profile_avatar_upload',
  'profile_banner_upload',
];

const limited = (limit: string): Route =>
  route({
    ...ANY,
    method: 'POST',
    url: `/${limit}`,
    auth: limit.startsWith('profile') ? 'bearer' : 'none',
    limit,
    handle: () => Promise.resolve(answered('done')),
  });

const routes = [
  ...ROUTE_LIMITERS.map(limited),
  route({
    ...ANY,
    method: 'GET',
    url: '/read',
    auth: 'none',
    handle: () => Promise.resolve(answered('done')),
  }),
];

let server: RunningServer | undefined;
afterEach(() => server?.close());

type Ask = (i: number) => Record<string, string>;

/** All at once, each with headers of its own; the answers that were not refused for being too many. */
const rush = async (path: string, method: string, headers: Ask): Promise<readonly Response[]> => {
  const answers = await Promise.all(
    Array.from({ length: N + BEYOND }, (_, i) =>
      server!.fetch(path, { method, headers: headers(i) }),
    ),
  );
  for (const answer of answers.filter(({ status }) => status === 429)) {
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(59);
    expect(await answer.text()).toBe('{"error":"rate_limited"}');
  }
  return answers.filter(({ status }) => status !== 429);
};

const bearer = { authorization: `Bearer ${ADAS_TOKEN}` };
const made = (i: number) => `198.51.100.${i}`;

/** Ways to look like somebody else; none may be worth a single request. */
const DISGUISES: Readonly<
  Record<string, { readonly proxies: readonly string[]; readonly ask: Ask }>
> = {
  'without disguise': { proxies: [], ask: () => ({}) },
  'with a forwarded address that nobody was asked to trust': {
    proxies: [],
    ask: (i) => ({
      'x-forwarded-for': made(i),
      'cf-connecting-ip': made(i),
      'x-real-ip': made(i),
      forwarded: `for=${made(i)}`,
    }),
  },
  'with made-up hops left of what the proxy added': {
    proxies: ['127.0.0.0/8'],
    ask: (i) => ({ 'x-forwarded-for': `${made(i)}, 203.0.113.9`, 'cf-connecting-ip': made(i) }),
  },
  'in the other form of an IPv4 address': {
    proxies: ['127.0.0.0/8'],
    ask: (i) => ({ 'x-forwarded-for': i % 2 === 0 ? '203.0.113.9' : '::ffff:203.0.113.9' }),
  },
  'from all over an IPv6 /64': {
    proxies: ['127.0.0.0/8'],
    ask: (i) => ({ 'x-forwarded-for': `2001:db8:0:7:${i}::${i}` }),
  },
  'with forwarded addresses that are none': {
    proxies: ['127.0.0.0/8'],
    ask: (i) => ({ 'x-forwarded-for': `${made(i)}, nobody-${i}` }),
  },
};

describe.each(Object.entries(DISGUISES))('asked %s', (_what, { proxies, ask }) => {
  it.each(ROUTE_LIMITERS)('the limiter of %s gives exactly its number', async (name) => {
    server = await runServer({
      routes,
      limits: { authRequestsPerMinute: N },
      trustedProxies: proxies,
    });
    const taken = await rush(`/${name}`, 'POST', (i) => ({ ...bearer, ...ask(i) }));
    expect(taken.map(({ status }) => status)).toEqual(Array(N).fill(200));
    const other = ROUTE_LIMITERS.find((limiter) => limiter !== name)!;
    expect((await server.fetch(`/${other}`, { method: 'POST', headers: bearer })).status).toBe(200);
  });

  it('the global limiter gives exactly its number to an address', async () => {
    server = await runServer({ routes, limits: { requestsPerMinute: N }, trustedProxies: proxies });
    expect(await rush('/read', 'GET', ask)).toHaveLength(N);
  });

  it('and to a person', async () => {
    server = await runServer({ routes, limits: { requestsPerMinute: N }, trustedProxies: proxies });
    expect(await rush('/read', 'GET', (i) => ({ ...bearer, ...ask(i) }))).toHaveLength(N);
  });
});

describe('other people and other addresses', () => {
  it('have numbers of their own', async () => {
    server = await runServer({
      routes,
      limits: { requestsPerMinute: N },
      trustedProxies: ['127.0.0.0/8'],
    });
    const from = (address: string) => () => ({ 'x-forwarded-for': address });
    for (const address of ['203.0.113.9', '203.0.113.10', '2001:db8:0:7::1', '2001:db8:0:8::1'])
      expect(await rush('/read', 'GET', from(address))).toHaveLength(N);
    expect(await rush('/read', 'GET', () => bearer)).toHaveLength(N);
  });
});

describe('joining guilds', () => {
  const joins = async (limits: object, people: readonly number[]) => {
    const world = await createGuildWorld(limits);
    const guild = await world.call(1, 'POST', '/guilds', { name: 'Open', visibility: 'public' });
    const path = `/guilds/${String(field(guild, 'guild_id'))}/join`;
    const answers = await Promise.all(people.map((person) => world.call(person, 'POST', path)));
    await world.close();
    return answers.filter(({ status }) => status !== 429);
  };

  it('is limited by address, whoever asks', async () => {
    const people = Array.from({ length: N + BEYOND }, (_, i) => i + 2);
    const taken = await joins({ directoryJoinsPerMinutePerAddress: N }, people);
    expect(taken.map(({ status }) => status)).toEqual(Array(N).fill(200));
  });

  it('is limited by person', async () => {
    const people = Array<number>(N + BEYOND).fill(2);
    expect(await joins({ directoryJoinsPerMinutePerUser: N }, people)).toHaveLength(N);
  });
});

describe('what is logged and counted of it', () => {
  it('names the limiter and never the address', async () => {
    server = await runServer({ routes, limits: { authRequestsPerMinute: N } });
    await rush('/profile_update', 'POST', () => bearer);
    const lines = server
      .logged()
      .split('\n')
      .filter((line) => line.includes('rate_limit'));
    expect(lines).toHaveLength(BEYOND);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      event: 'auth.rate_limit',
      limiter: 'profile_update',
    });
    expect(server.logged()).not.toContain('127.0.0.1');
    expect(await server.metrics.text()).toContain(
      `filament_rate_limit_hits_total{surface="http",reason="auth_failure"} ${BEYOND}`,
    );
  });
});

describe('the id of a request', () => {
  it('comes back with every answer, whoever gives it', async () => {
    server = await runServer({ routes, limits: { requestsPerMinute: 4 } });
    const answers = [
      await server.fetch('/read', { headers: { 'x-request-id': 'mine-1' } }),
      await server.fetch('/nowhere'),
      await server.fetch('/read', { method: 'PUT' }),
      await server.fetch('/%ff'),
      await server.fetch('/gateway/ws'),
      await server.fetch('/read'),
    ];
    expect(answers[0]?.headers.get('x-request-id')).toBe('mine-1');
    expect(new Set(answers.map((answer) => answer.headers.get('x-request-id'))).size).toBe(6);
    expect(answers.at(-1)?.status).toBe(429);
    const raw = [
      await server.raw('NONSENSE\r\n\r\n'),
      await server.raw(
        'GET /x HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
      ),
    ];
    for (const answer of raw) expect(answer).toMatch(/\r\nX-Request-Id: [\w-]{36}\r\n/);
  });
});
