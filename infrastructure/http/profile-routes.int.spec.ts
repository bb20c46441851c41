import { randomUUID } from 'node:crypto';
import { isRight } from 'fp-ts/lib/Either.js';
import { Profile, Tokens } from '../../application/contract/answers.ts';
import { tokenize } from '../../application/markdown/tokenize.ts';
import { runAccountServer, type AccountServer } from './testing/account-server.ts';

const PASSWORD = 'correct horse battery staple';
const REFUSED = [401, '{"error":"invalid_credentials"}'];
const INVALID = [400, '{"error":"invalid_request"}'];
const CHANGES_PER_MINUTE = 1_000;

let server: AccountServer;
beforeAll(async () => {
  server = await runAccountServer({
    limits: { authRequestsPerMinute: CHANGES_PER_MINUTE, requestsPerMinute: 100_000 },
  });
});
afterAll(() => server.close());

const answer = async (response: Response) => [response.status, await response.text()];
const login = (username: string) =>
  server.post('/auth/login', JSON.stringify({ username, password: PASSWORD }));

let people = 0;
const signedUp = async () => {
  const name = `Somebody_${(people += 1)}`;
  await server.post('/auth/register', JSON.stringify({ username: name, password: PASSWORD }));
  const tokens = Tokens.decode(await (await login(name)).json());
  if (!isRight(tokens)) throw new Error('not signed in');
  return { name, token: tokens.right.access_token };
};
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const patch = (token: string | null, body: unknown, headers: Record<string, string> = {}) =>
  server.fetch('/users/me/profile', {
    method: 'PATCH',
    body: JSON.stringify(body),
    headers: {
      'content-type': 'application/json',
      ...(token === null ? {} : bearer(token)),
      ...headers,
    },
  });
const me = async (token: string) => {
  const profile = Profile.decode(
    await (await server.fetch('/auth/me', { headers: bearer(token) })).json(),
  );
  if (!isRight(profile)) throw new Error('no profile');
  return profile.right;
};

describe('changing one’s profile', () => {
  it('shows name and text to everyone at once, the text as tokens too', async () => {
    const { name, token } = await signedUp();
    const other = await signedUp();
    const about = '**Enchantress** of numbers\n\nhttps://example.test';
    const changed = await patch(token, { username: `${name}_L`, about_markdown: about });
    expect(changed.status).toBe(200);
    expect(changed.headers.get('filament-position')).toMatch(/^\d{20}$/);
    const profile = await me(token);
    expect(await changed.json()).toEqual(profile);
    expect(profile).toEqual({
      user_id: profile.user_id,
      username: `${name}_L`,
      about_markdown: about,
      about_markdown_tokens: tokenize(about),
      avatar_version: 0,
      banner_version: 0,
    });
    const headers = bearer(other.token);
    const seen = await server.fetch(`/users/${profile.user_id}/profile`, { headers });
    expect(await seen.json()).toEqual(profile);
    const ids = JSON.stringify({ user_ids: [profile.user_id] });
    expect(await (await server.post('/users/lookup', ids, headers)).json()).toEqual({
      users: [{ user_id: profile.user_id, username: `${name}_L`, avatar_version: 0 }],
    });
  });

  it('lets the new name sign in, and the old one go to another', async () => {
    const { name, token } = await signedUp();
    await patch(token, { username: `New_${name}` });
    expect((await login(`new_${name}`)).status).toBe(200);
    expect((await login(name)).status).toBe(401);
    const other = await signedUp();
    expect((await patch(other.token, { username: name.toUpperCase() })).status).toBe(200);
    expect((await login(name)).status).toBe(200);
  });

  it('refuses a name that somebody has in any case, and leaves all as it was', async () => {
    const [one, other] = [await signedUp(), await signedUp()];
    const body = { username: one.name.toUpperCase(), about_markdown: 'never' };
    expect(await answer(await patch(other.token, body))).toEqual(INVALID);
    expect(await me(other.token)).toMatchObject({ username: other.name, about_markdown: '' });
    expect((await login(one.name)).status).toBe(200);
  });

  it('gives a name to exactly one of many who want it at once', async () => {
    const crowd = await Promise.all(Array.from({ length: 8 }, signedUp));
    const wanted = `Wanted_${people}`;
    const answers = await Promise.all(crowd.map(({ token }) => patch(token, { username: wanted })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status } of answers) expect([200, 400, 409]).toContain(status);
    const names = await Promise.all(crowd.map(async ({ token }) => (await me(token)).username));
    expect(names.filter((name) => name === wanted)).toHaveLength(1);
    for (const name of names) expect((await login(name)).status).toBe(200);
  });

  it.each([
    [{}, 400],
    [{ username: null, about_markdown: null }, 400],
    [{ username: 'ab' }, 400],
    [{ username: 'x'.repeat(33) }, 400],
    [{ username: 'not a name' }, 400],
    [{ about_markdown: 'x'.repeat(2049) }, 400],
    [{ about_markdown: 'a\0b' }, 400],
    [{ about_markdown: 7 }, 422],
    [{ username: 'Good_name', admin: true }, 422],
    [[], 422],
  ])('refuses %j with %s', async (body, status) => {
    const { token } = await signedUp();
    expect((await patch(token, body)).status).toBe(status);
  });

  it('takes a text at its bound, of any script, and an empty one', async () => {
    const { token } = await signedUp();
    for (const about_markdown of ['x'.repeat(2048), '🪴'.repeat(1024), ''])
      expect(await (await patch(token, { about_markdown })).json()).toMatchObject({
        about_markdown,
      });
  });

  it('answers a repeat as the first, and refuses its key for something else', async () => {
    const { name, token } = await signedUp();
    const key = { 'idempotency-key': randomUUID() };
    const first = await answer(await patch(token, { username: `${name}_2` }, key));
    expect(first[0]).toBe(200);
    expect(await answer(await patch(token, { username: `${name}_2` }, key))).toEqual(first);
    expect((await patch(token, { about_markdown: 'other' }, key)).status).toBe(422);
  });

  it('is for who is signed in, and only by PATCH', async () => {
    expect(await answer(await patch(null, { about_markdown: 'x' }))).toEqual(REFUSED);
    expect(await answer(await patch('stolen', { about_markdown: 'x' }))).toEqual(REFUSED);
    const { token } = await signedUp();
    const get = await server.fetch('/users/me/profile', { headers: bearer(token) });
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'PATCH']);
  });

  it('is never in the log in the clear', async () => {
    const { token } = await signedUp();
    await patch(token, { username: 'Canary_name_88', about_markdown: 'canary text 88' });
    const { rows } = await server.database.pool.query<{ all: string }>(
      'SELECT string_agg(events::text, chr(10)) AS all FROM log.events',
    );
    expect(rows[0]?.all).toContain('ProfileUpdated');
    for (const secret of ['Canary_name_88', 'canary_name_88', 'canary text'])
      expect(rows[0]?.all).not.toContain(secret);
    expect(server.logged()).not.toContain('anary_name_88');
  });
});

it('may be changed so often per minute and address, refusals counted too', async () => {
  const few = await runAccountServer({ limits: { authRequestsPerMinute: 3 } });
  const person = JSON.stringify({ username: 'Somebody', password: PASSWORD });
  await few.post('/auth/register', person);
  const tokens = (await (await few.post('/auth/login', person)).json()) as Tokens;
  const send = (body: unknown) =>
    few.fetch('/users/me/profile', {
      method: 'PATCH',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...bearer(tokens.access_token) },
    });
  const statuses = [];
  for (const about_markdown of ['one', 'a\0b', 'x'.repeat(2049), 'four', 'five'])
    statuses.push((await send({ about_markdown })).status);
  expect(statuses).toEqual([200, 400, 400, 200, 429]);
  const refused = await send({});
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  await few.close();
});
