import { createCaptchaVerifier } from './captcha.ts';
import { createLog } from '../logging/log.ts';

const token = 't'.repeat(20);
const asking = (fetch: (url: string, init: RequestInit) => Promise<Response>) =>
  createCaptchaVerifier({
    siteKey: 'site',
    secret: 'hush',
    verifyUrl: 'https://captcha.test/siteverify',
    timeoutMs: 3000,
    log: createLog({ level: 'silent' }),
    fetch,
  })({ token, clientAddress: '203.0.113.9' });
const answering = (body: string, init?: ResponseInit) =>
  asking(() => Promise.resolve(new Response(body, init)));

describe('the captcha', () => {
  it('is asked by form with who answered it', async () => {
    const asked: unknown[] = [];
    const passed = await asking((url, { body, method }) => {
      asked.push([url, method, String(body as URLSearchParams)]);
      return Promise.resolve(new Response('{"success":true,"hostname":"x"}'));
    });
    expect(passed).toBe(true);
    expect(asked).toEqual([
      [
        'https://captcha.test/siteverify',
        'POST',
        `sitekey=site&secret=hush&response=${token}&remoteip=203.0.113.9`,
      ],
    ]);
  });

  it.each([
    ['refused', '{"success":false}', {}],
    ['answered with an error', '{"success":true}', { status: 500 }],
    ['answered with no JSON', 'yes', {}],
    ['answered with another shape', '{"success":"true"}', {}],
    ['answered without end', `{"success":true}${' '.repeat(20_000)}`, {}],
  ])('is failed when %s', async (_what, body, init) => {
    expect(await answering(body, init)).toBe(false);
  });

  it('is failed when nobody answers', async () => {
    expect(await asking(() => Promise.reject(new TypeError('fetch failed')))).toBe(false);
  });
});
