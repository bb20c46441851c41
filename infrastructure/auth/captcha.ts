import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { type VerifyCaptcha } from '../../application/account/captcha.ts';
import { type Log } from '../logging/log.ts';

const ANSWER_BYTES_MAX = 16_384;

const Verdict = t.type({ success: t.boolean });

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const boundedText = async (response: Response): Promise<string> => {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    const chunk = part as Uint8Array;
    bytes += chunk.byteLength;
    if (bytes > ANSWER_BYTES_MAX) throw new Error('The answer is too long.');
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString('utf8');
};

/** Verifies captcha tokens with hCaptcha or a server that speaks like it. Whatever goes wrong is a no. */
export const createCaptchaVerifier =
  ({
    siteKey,
    secret,
    verifyUrl,
    timeoutMs,
    log,
    fetch = globalThis.fetch,
  }: {
    readonly siteKey: string;
    readonly secret: string;
    readonly verifyUrl: string;
    readonly timeoutMs: number;
    readonly log: Log;
    readonly fetch?: Fetch;
  }): VerifyCaptcha =>
  async ({ token, clientAddress }) => {
    try {
      const response = await fetch(verifyUrl, {
        method: 'POST',
        body: new URLSearchParams({
          sitekey: siteKey,
          secret,
          response: token,
          ...(clientAddress !== null && { remoteip: clientAddress }),
        }),
        redirect: 'error', // The secret goes to the address that was configured and nowhere else.
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (!response.ok) throw new Error(`The captcha server answered ${response.status}.`);
      const verdict = Verdict.decode(JSON.parse(await boundedText(response)));
      const isPassed = !isLeft(verdict) && verdict.right.success;
      log.info({ event: 'auth.captcha.verify', outcome: isPassed ? 'passed' : 'refused' });
      return isPassed;
    } catch (error) {
      log.warn({
        event: 'auth.captcha.verify',
        outcome: 'unreachable',
        reason: error instanceof Error ? error.name : typeof error,
      });
      return false;
    }
  };
