import { createLog, withoutTokens } from './log.ts';

const ACCESS = 'v4.public.eyJzdWIiOiJ4In0AAAA.eyJraWQiOiJhIn0';
const REFRESH = `01J00000000000000000000001.${'a-B_9'.repeat(8)}abc`;
const CANARY = 'canary-9f3a';

const logged = (write: (log: ReturnType<typeof createLog>) => void) => {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  write(createLog({ level: 'trace', destination }));
  return lines.join('');
};

describe('the log', () => {
  it('writes one JSON line per event', () => {
    const line = logged((log) => log.info({ event: 'auth.login', outcome: 'ok' }, 'in'));
    expect(JSON.parse(line)).toMatchObject({ level: 'info', event: 'auth.login', msg: 'in' });
  });

  it.each([
    'password',
    'phc',
    'access_token',
    'refresh_token',
    'refreshToken',
    'captcha_token',
    'authorization',
    'cookie',
    'content',
  ])('keeps %s to itself, at the top and one level down', (field) => {
    const line = logged((log) => log.error({ [field]: CANARY, body: { [field]: CANARY } }));
    expect(line).toContain('[redacted]');
    expect(line).not.toContain(CANARY);
  });

  it('cuts out whatever looks like a token, wherever it stands', () => {
    const line = logged((log) =>
      log.error(
        { url: `/gateway/ws?access_token=${CANARY}&x=1`, deep: { er: { still: REFRESH } } },
        `Bearer ${CANARY} and ${ACCESS} and $argon2id$v=19$m=1,p=1,t=2$${CANARY}$x`,
      ),
    );
    for (const secret of [CANARY, REFRESH, ACCESS]) expect(line).not.toContain(secret);
    expect(JSON.parse(line)).toMatchObject({ url: '/gateway/ws?access_token=[redacted]&x=1' });
  });

  it('tells of an error what is ours and not what the database held', () => {
    const error = Object.assign(new Error('broken'), {
      code: '23505',
      detail: `Key (name)=(${CANARY})`,
      parameters: [CANARY],
    });
    const line = logged((log) => log.error({ err: error }));
    expect(line).not.toContain(CANARY);
    expect(JSON.parse(line)).toMatchObject({ err: { message: 'broken', code: '23505' } });
    expect(logged((log) => log.error({ err: { password: CANARY } }))).not.toContain(CANARY);
  });

  it('leaves ordinary text alone', () => {
    const text = '{"event":"http.slow","route":"/guilds/:guildId","ms":1200}\n';
    expect(withoutTokens(text)).toBe(text);
  });
});
