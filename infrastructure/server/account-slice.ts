// Accounts and sessions: their commands, their routes, and who is asking.
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createOpenAbout } from '../../application/account/about-texts.ts';
import { type AccountReader } from '../../application/account/account-reader.ts';
import { steadily } from '../../application/account/steady-answer.ts';
import { type NewId } from '../../application/ports.ts';
import { createCaptchaVerifier } from '../auth/captcha.ts';
import { createPasswords } from '../auth/passwords.ts';
import { createAuthenticator } from '../auth/token-authenticator.ts';
import { openTokenRing } from '../auth/token-ring.ts';
import { createTokenIssuer, createTokenVerifier, installationId } from '../auth/tokens.ts';
import { createUsernameStream } from '../auth/username-stream.ts';
import { identityRoutes } from '../http/identity-routes.ts';
import { type Log } from '../logging/log.ts';
import { createPasswordVault } from '../vault/password-vault.ts';
import { createSessionVault } from '../vault/session-vault.ts';
import { type Foundation } from './foundation.ts';

// Verified tokens kept in memory: a verification costs a thousand times a look-up.
const VERIFIED_TOKENS_MAX = 50_000;
// Longer than the two writes by which a registration of a free name differs from one of a taken name.
const ANSWER_STEP_MS = 50;

const openTokens = async ({ config, secrets, clock, pool }: Foundation) => {
  const { limits } = config;
  const ring = await openTokenRing({
    path: path.join(secrets.folder, 'token-keys.json'),
    clock,
    tokenSecs: limits.accessTokenSecs,
  });
  const installation = installationId(secrets.masterKey);
  const sessions = createSessionVault({
    pool,
    masterKey: secrets.masterKey,
    idleSecs: limits.sessionIdleSecs,
    absoluteSecs: limits.sessionAbsoluteSecs,
  });
  const authenticator = createAuthenticator({
    verify: createTokenVerifier({ ring, installation, clock }),
    sessions,
    clock,
    cacheMax: VERIFIED_TOKENS_MAX,
  });
  const issueAccessToken = createTokenIssuer({
    ring,
    installation,
    tokenSecs: limits.accessTokenSecs,
  });
  return { ring, sessions, authenticator, issueAccessToken };
};

const createCaptcha = (
  { captchaSiteKey, captchaSecret, captchaVerifyUrl, limits }: Foundation['config'],
  log: Log,
) =>
  captchaSiteKey === null || captchaSecret === null
    ? null
    : createCaptchaVerifier({
        siteKey: captchaSiteKey,
        secret: captchaSecret,
        verifyUrl: captchaVerifyUrl,
        timeoutMs: limits.captchaTimeoutMs,
        log,
      });

export const createAccountSlice = async (
  foundation: Foundation,
  { newId, reader, log }: { newId: NewId; reader: AccountReader; log: Log },
) => {
  const { config, secrets, store, sealer, clock, pool, newUuid } = foundation;
  const { limits } = config;
  const { ring, sessions, authenticator, issueAccessToken } = await openTokens(foundation);
  const routes = identityRoutes({
    store,
    reader,
    openAbout: createOpenAbout({ sealer }),
    usernameStream: createUsernameStream(secrets.masterKey),
    sessionVault: sessions,
    passwordVault: createPasswordVault({ pool }),
    passwords: createPasswords({
      memoryKib: config.argonMemoryKib,
      timeCost: config.argonTimeCost,
      limits,
    }),
    issueAccessToken,
    forgetSession: authenticator.revoke,
    verifyCaptcha: createCaptcha(config, log),
    steadily: steadily({
      stepMs: ANSWER_STEP_MS,
      elapsed: () => performance.now(),
      pause: (ms) => delay(ms),
    }),
    limits,
    clock,
    newId,
    newEventId: newUuid,
  });
  return { routes, authenticator, sessions, ring };
};
