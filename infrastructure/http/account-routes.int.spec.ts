import { randomUUID } from 'node:crypto';
import { isRight } from 'fp-ts/lib/Either.js';
import { hash } from 'argon2';
import type * as t from 'io-ts';
import { Profile, Tokens } from '../../application/contract/answers.ts';
import { runAccountServer, type AccountServer } from './testing/account-server.ts';

const PASSWORD = 'correct horse battery staple';
const REFUSED = [401, '{"error":"invalid_credentials"}'];
const INVALID = [400, '{"error":"invalid_request"}'];

let server: AccountServer;
let dies = false;
beforeAll(async () => {
  server = await runAccountServer({
    diesBefore: (stream) => dies && stream.startsWith('account-'),
    limits: { authRequestsPerMinute: 100_000, requestsPerMinute: 100_000, sessionsPerUserMax: 3 },
  });
});
afterAll(() => server.close());

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  server.post(path, JSON.stringify(body), headers);
const answer = async (response: Response) => [response.status, await response.text()];
const decoded = async <A>(codec: t.Type<A, unknown>, response: Response): Promise<A> => {
  const outcome = codec.decode(await response.json());
  if (!isRight(outcome)) throw new Error(`unexpected answer with status ${response.status}`);
  return outcome.right;
};

let people = 0;
const newName = () => `Person_${(people += 1)}`;
const register = (username: string, password = PASSWORD) =>
  post('/auth/register', { username, password });
const login = (username: string, password = PASSWORD) =>
  post('/auth/login', { username, password });
const refresh = (token: string, headers: Record<string, string> = {}) =>
  post('/auth/refresh', { refresh_token: token }, headers);
const signedUp = async (name = newName()) => {
  await register(name);
  const tokens = await decoded(Tokens, await login(name));
  return { name, ...tokens };
};
const me = (accessToken: string) =>
  server.fetch('/auth/me', { headers: { authorization: `Bearer ${accessToken}` } });

describe('registering', () => {
  it('makes an account that can sign in', async () => {
    expect(await answer(await register('Ada.L'))).toEqual([200, '{"accepted":true}']);
    const tokens = await decoded(Tokens, await login('Ada.L'));
    expect(tokens.expires_in_secs).toBe(900);
    const profile = await decoded(Profile, await me(tokens.access_token));
    expect(profile).toMatchObject({ username: 'Ada.L', about_markdown: '', avatar_version: 0 });
  });

  it('answers a taken name as a free one, whatever its case, and leaves its owner alone', async () => {
    const { name } = await signedUp();
    const taken = await register(name.toUpperCase(), 'another password');
    const free = await register(newName(), 'another password');
    const headersOf = ({ headers }: Response) =>
      [...headers.keys()].filter((header) => header !== 'date').sort();
    expect(await answer(taken)).toEqual(await answer(free));
    expect(headersOf(taken)).toEqual(headersOf(free));
    expect(await answer(await login(name, 'another password'))).toEqual(REFUSED);
    expect((await login(name)).status).toBe(200);
  });

  it('gives a name to exactly one of many who want it at once', async () => {
    const name = newName();
    const passwords = Array.from({ length: 8 }, (_, i) => `password number ${i}`);
    const answers = await Promise.all(passwords.map((password) => register(name, password)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const logins = [];
    // Few enough wrong ones in a row not to lock the name, since one of them is right.
    for (const password of passwords) {
      server.advance(31_000);
      logins.push((await login(name, password)).status);
    }
    expect(logins.filter((status) => status === 200)).toHaveLength(1);
  });

  it('completes a name whose first registration died half-way', async () => {
    const name = newName();
    dies = true;
    expect((await register(name)).status).toBe(500);
    dies = false;
    expect(await answer(await login(name))).toEqual(REFUSED);
    await register(name, 'a second password');
    expect((await login(name, 'a second password')).status).toBe(200);
    expect((await login(name)).status).toBe(401);
  });

  it.each([
    ['ab', PASSWORD],
    ['x'.repeat(33), PASSWORD],
    ['näme', PASSWORD],
    ['name\0x', PASSWORD],
    ['', PASSWORD],
    ['some_name', 'x'.repeat(11)],
    ['some_name', 'x'.repeat(129)],
    ['some_name', ''],
  ])('refuses %j with %j', async (username, password) => {
    expect(await answer(await register(username, password))).toEqual(INVALID);
  });

  it('takes passwords at both bounds, of any bytes', async () => {
    for (const password of ['x'.repeat(12), '😀'.repeat(32), `nul \0 in the middle`]) {
      const name = newName();
      await register(name, password);
      expect((await login(name, password)).status).toBe(200);
    }
  });

  it('refuses unknown keys and wrong types', async () => {
    const body = { username: newName(), password: PASSWORD };
    for (const wrong of [{ ...body, admin: true }, { ...body, password: 1 }, {}, [], null])
      expect((await post('/auth/register', wrong)).status).toBe(422);
    expect((await post('/auth/register', { ...body, captcha_token: null })).status).toBe(200);
  });
});

describe('signing in', () => {
  it('is refused alike for every reason', async () => {
    const { name } = await signedUp();
    const answers = [];
    for (const [username, password] of [
      [name, 'wrong password'],
      [newName(), PASSWORD],
      ['x', PASSWORD],
      ['no\0name', PASSWORD],
      [name, 'short'],
      [name, 'x'.repeat(10_000)],
    ] as const) {
      const response = await login(username, password);
      const headers = [...response.headers.keys()].sort();
      answers.push(JSON.stringify([response.status, await response.text(), headers]));
    }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('invalid_credentials');
  });

  it('takes the name in any case and a captcha token it does not need', async () => {
    const { name } = await signedUp();
    const body = { username: name.toLowerCase(), password: PASSWORD, captcha_token: 'whatever' };
    expect((await post('/auth/login', body)).status).toBe(200);
    expect((await post('/auth/login', { ...body, remember: true })).status).toBe(422);
  });

  it('is locked for half a minute after five failures, and nobody can tell', async () => {
    const { name } = await signedUp();
    for (let i = 0; i < 5; i += 1) expect((await login(name, 'wrong password')).status).toBe(401);
    expect(await answer(await login(name))).toEqual(REFUSED);
    server.advance(29_000);
    expect(await answer(await login(name))).toEqual(REFUSED);
    server.advance(1_001);
    expect((await login(name)).status).toBe(200);
  });

  it('ends the oldest session when there are too many', async () => {
    const { name, access_token: first } = await signedUp();
    const second = await decoded(Tokens, await login(name));
    await login(name);
    expect((await me(first)).status).toBe(200);
    await login(name);
    expect((await me(first)).status).toBe(401);
    expect((await me(second.access_token)).status).toBe(200);
  });

  it('renews a hash made with less than today asks', async () => {
    const { name } = await signedUp();
    const { rows } = await server.database.pool.query<{ user_id: string }>(
      'SELECT user_id FROM vault.passwords ORDER BY user_id DESC LIMIT 1',
    );
    const weak = await hash(PASSWORD, { memoryCost: 512, timeCost: 2, parallelism: 1 });
    const { pool } = server.database;
    const id = rows[0]?.user_id;
    await pool.query('UPDATE vault.passwords SET phc = $1 WHERE user_id = $2', [weak, id]);
    expect((await login(name)).status).toBe(200);
    const { rows: renewed } = await pool.query<{ phc: string }>(
      'SELECT phc FROM vault.passwords WHERE user_id = $1',
      [id],
    );
    expect(renewed[0]?.phc).toContain('m=1024');
    expect((await login(name)).status).toBe(200);
  });
});

describe('refreshing', () => {
  it('exchanges the token once, and a second use ends the session at once', async () => {
    const { access_token, refresh_token } = await signedUp();
    const next = await decoded(Tokens, await refresh(refresh_token));
    expect((await me(next.access_token)).status).toBe(200);
    expect((await me(access_token)).status).toBe(200);
    expect(await answer(await refresh(refresh_token))).toEqual(REFUSED);
    expect(await answer(await refresh(next.refresh_token))).toEqual(REFUSED);
    expect(await answer(await me(next.access_token))).toEqual(REFUSED);
    const { rows } = await server.database.pool.query(
      "SELECT 1 FROM log.events WHERE type = 'SessionRevoked' AND stream = $1",
      [`session-${refresh_token.slice(0, 26)}`],
    );
    expect(rows).toHaveLength(1);
  });

  it('gives the very same answer to a repeat of the same request', async () => {
    const { refresh_token } = await signedUp();
    const headers = { 'idempotency-key': randomUUID() };
    const first = await answer(await refresh(refresh_token, headers));
    expect(first[0]).toBe(200);
    expect(await answer(await refresh(refresh_token, headers))).toEqual(first);
    expect(await answer(await refresh(refresh_token, { 'idempotency-key': 'other' }))).toEqual(
      REFUSED,
    );
  });

  it('succeeds for at most one of many at once', async () => {
    const { refresh_token } = await signedUp();
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(refresh_token)));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 401]));
  });

  it.each(['', 'x', '\u0001', 'x'.repeat(513), `01J00000000000000000000001.${'a'.repeat(43)}`])(
    'refuses the token %j',
    async (token) => {
      expect(await answer(await refresh(token))).toEqual(REFUSED);
    },
  );

  it('refuses an access token, and the refresh token is no access token', async () => {
    const { access_token, refresh_token } = await signedUp();
    expect(await answer(await refresh(access_token))).toEqual(REFUSED);
    expect(await answer(await me(refresh_token))).toEqual(REFUSED);
  });
});

describe('signing out', () => {
  it('ends the session and its access token, and may be repeated', async () => {
    const { access_token, refresh_token } = await signedUp();
    expect((await me(access_token)).status).toBe(200);
    const out = await post('/auth/logout', { refresh_token });
    expect([out.status, await out.text()]).toEqual([204, '']);
    expect(await answer(await me(access_token))).toEqual(REFUSED);
    expect(await answer(await refresh(refresh_token))).toEqual(REFUSED);
    expect((await post('/auth/logout', { refresh_token })).status).toBe(204);
  });

  it('needs the current refresh token', async () => {
    const { refresh_token } = await signedUp();
    const next = await decoded(Tokens, await refresh(refresh_token));
    expect(await answer(await post('/auth/logout', { refresh_token }))).toEqual(REFUSED);
    expect(await answer(await post('/auth/logout', { refresh_token: 'x' }))).toEqual(REFUSED);
    expect((await me(next.access_token)).status).toBe(200);
  });
});

describe('people', () => {
  const lookup = (body: unknown, accessToken: string) =>
    post('/users/lookup', body, { authorization: `Bearer ${accessToken}` });
  const idOf = async (accessToken: string) =>
    (await decoded(Profile, await me(accessToken))).user_id;

  it('are looked up in the order asked, each once, unknown ones left out', async () => {
    const ada = await signedUp();
    const bob = await signedUp();
    const [adaId, bobId] = [await idOf(ada.access_token), await idOf(bob.access_token)];
    const nobody = '01J00000000000000000000001';
    const ids = [bobId, nobody, adaId.toLowerCase(), bobId];
    expect(await (await lookup({ user_ids: ids }, ada.access_token)).json()).toEqual({
      users: [
        { user_id: bobId, username: bob.name, avatar_version: 0 },
        { user_id: adaId, username: ada.name, avatar_version: 0 },
      ],
    });
  });

  it('are looked up up to 64 at a time, by well-formed ids', async () => {
    const { access_token } = await signedUp();
    const id = '01J00000000000000000000001';
    const asked = (user_ids: unknown) => lookup({ user_ids }, access_token);
    expect((await asked(Array(64).fill(id))).status).toBe(200);
    expect(await answer(await asked(Array(65).fill(id)))).toEqual(INVALID);
    expect(await answer(await asked([]))).toEqual(INVALID);
    expect(await answer(await asked(['x']))).toEqual(INVALID);
    expect((await asked([1])).status).toBe(422);
    expect((await asked('x')).status).toBe(422);
  });

  it('show a profile to who is signed in', async () => {
    const { access_token, name } = await signedUp();
    const id = await idOf(access_token);
    const get = (userId: string, token = access_token) =>
      server.fetch(`/users/${userId}/profile`, { headers: { authorization: `Bearer ${token}` } });
    expect(await (await get(id.toLowerCase())).json()).toEqual({
      user_id: id,
      username: name,
      about_markdown: '',
      about_markdown_tokens: [],
      avatar_version: 0,
      banner_version: 0,
    });
    expect((await get('01J00000000000000000000001')).status).toBe(404);
    expect(await answer(await get('nonsense'))).toEqual(INVALID);
    expect(await answer(await get(id, 'stolen'))).toEqual(REFUSED);
  });

  it('are shown to nobody who is not signed in', async () => {
    expect(await answer(await server.fetch('/auth/me'))).toEqual(REFUSED);
    expect(await answer(await lookup({ user_ids: ['x'] }, 'stolen'))).toEqual(REFUSED);
    server.advance(901_000);
    const { access_token } = await signedUp();
    server.advance(901_000);
    expect(await answer(await me(access_token))).toEqual(REFUSED);
  });
});

describe('the log', () => {
  it('holds no name and no password', async () => {
    const { name } = await signedUp('Canary_name_77');
    await login(name, 'canary password 77');
    const { rows } = await server.database.pool.query<{ all: string }>(
      'SELECT string_agg(events::text, chr(10)) AS all FROM log.events',
    );
    const logged = rows[0]?.all ?? '';
    expect(logged).toContain('AccountRegistered');
    for (const secret of [
      'Canary_name_77',
      'canary_name_77',
      PASSWORD,
      'canary password',
      '$argon2',
    ])
      expect(logged).not.toContain(secret);
  });

  it('of the server tells no password, token or name of a header either', async () => {
    const { access_token, refresh_token } = await signedUp();
    await me(`${access_token}x`);
    await server.fetch(`/auth/me?access_token=${access_token}`);
    await server.post('/auth/login', `{"password":"${PASSWORD}`);
    const seen = server.logged();
    expect(seen).toContain('"event":"auth.login","outcome":"refused","status":400');
    for (const secret of [PASSWORD, access_token, refresh_token])
      expect(seen).not.toContain(secret);
  });
});

describe('registering with a captcha', () => {
  let guarded: AccountServer;
  const seen: unknown[] = [];
  beforeAll(async () => {
    guarded = await runAccountServer({
      verifyCaptcha: (answer) => {
        seen.push(answer);
        return Promise.resolve(answer.token === 'a-token-of-a-real-person');
      },
    });
  });
  afterAll(() => guarded.close());

  const registerWith = (body: Record<string, unknown>) =>
    guarded.post(
      '/auth/register',
      JSON.stringify({ username: 'somebody', password: PASSWORD, ...body }),
    );

  it.each([
    {},
    { captcha_token: null },
    { captcha_token: 'short' },
    { captcha_token: ' '.repeat(20) },
  ])('is refused with %j before anyone is asked', async (body) => {
    expect(await answer(await registerWith(body))).toEqual([403, '{"error":"captcha_failed"}']);
    expect(seen).toEqual([]);
  });

  it('is refused when the captcha was not passed, whatever the name', async () => {
    const captcha_token = 'a-token-of-somebody-else';
    for (const username of ['somebody', 'x'])
      expect(await answer(await registerWith({ username, captcha_token }))).toEqual([
        403,
        '{"error":"captcha_failed"}',
      ]);
    expect(seen[0]).toEqual({ token: captcha_token, clientAddress: '127.0.0.1' });
  });

  it('is accepted when it was', async () => {
    expect((await registerWith({ captcha_token: 'a-token-of-a-real-person' })).status).toBe(200);
  });
});
