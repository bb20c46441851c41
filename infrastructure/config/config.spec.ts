import { readFileSync } from 'node:fs';
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { loadConfig } from './config.ts';
import { GENERAL_SETTINGS, LIMIT_SETTINGS } from './variables.ts';

const noFiles = () => null;
const problemsOf = (environment: Record<string, string>) => {
  const loaded = loadConfig(environment, noFiles);
  return isLeft(loaded) ? loaded.left : [];
};
const configOf = (environment: Record<string, string>, file: string | null = null) => {
  const loaded = loadConfig(environment, () => file);
  if (isLeft(loaded)) throw new Error(JSON.stringify(loaded.left));
  return loaded.right;
};

describe('configuration', () => {
  it('needs no variable at all', () => {
    const config = configOf({});
    expect(config.bindAddress).toEqual({ host: '127.0.0.1', port: 8080 });
    expect(config.gatewayBindAddress).toEqual({ host: '127.0.0.1', port: 8081 });
    expect(config.databaseUrl).toBeNull();
    expect(config.limits.requestsPerMinute).toBe(600);
  });

  it('takes port 0 for both listeners', () => {
    const config = configOf({ FILAMENT_BIND_ADDR: '[::1]:0' });
    expect(config.bindAddress).toEqual({ host: '::1', port: 0 });
    expect(config.gatewayBindAddress).toEqual({ host: '::1', port: 0 });
  });

  it('reports every problem at once, each with its fix, and never a value', () => {
    const problems = problemsOf({
      FILAMENT_BIND_ADDR: 'nonsense',
      FILAMENT_RATE_LIMIT_REQUESTS_PER_MINUTE: '0',
      FILAMENT_DATABASE_URL: 'mysql://root:hunter2@db',
      FILAMENT_HCAPTCHA_SITE_KEY: 'only-one',
      FILAMENT_TYPO: 'x',
    });
    expect(problems.map(({ variable }) => variable).sort()).toEqual([
      'FILAMENT_BIND_ADDR',
      'FILAMENT_DATABASE_URL',
      'FILAMENT_HCAPTCHA_SITE_KEY',
      'FILAMENT_RATE_LIMIT_REQUESTS_PER_MINUTE',
      'FILAMENT_TYPO',
    ]);
    for (const { message } of problems) expect(message).toMatch(/Set |Check |Unset /);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('refuses edges of numbers', () => {
    for (const value of [
      '0',
      '-1',
      '1.5',
      '1e3',
      '0x10',
      ' ',
      '999999999999999999999',
      'NaN',
      '١',
    ]) {
      const problems = problemsOf({ FILAMENT_AUTH_ROUTE_REQUESTS_PER_MINUTE: value });
      expect(problems).toHaveLength(value === ' ' ? 0 : 1);
    }
  });

  it('reads secrets from files, and refuses both forms together', () => {
    const url = 'postgres://filament@db/filament';
    expect(configOf({ FILAMENT_DATABASE_URL_FILE: '/run/secret' }, `${url}\n`).databaseUrl).toBe(
      url,
    );
    expect(problemsOf({ FILAMENT_DATABASE_URL_FILE: '/missing' })).toHaveLength(1);
    expect(
      problemsOf({ FILAMENT_DATABASE_URL: url, FILAMENT_DATABASE_URL_FILE: '/run/secret' }),
    ).toHaveLength(1);
  });

  it('takes the contract name of the ingress window, in seconds', () => {
    const config = configOf({ FILAMENT_GATEWAY_INGRESS_WINDOW_SECS: '3' });
    expect(config.limits.gatewayIngressWindowMs).toBe(3000);
  });

  it('refuses one port for both listeners', () => {
    expect(problemsOf({ FILAMENT_GATEWAY_BIND_ADDR: '127.0.0.1:8080' })).toHaveLength(1);
  });

  it('is documented, every variable of it', () => {
    const operate = readFileSync('docs/operate.md', 'utf8');
    const settings = [...Object.values(GENERAL_SETTINGS), ...Object.values(LIMIT_SETTINGS)];
    const missing = settings.filter(({ variable }) => !operate.includes(`\`${variable}\``));
    expect(missing.map(({ variable }) => variable)).toEqual([]);
    expect(isRight(loadConfig({}, noFiles))).toBe(true);
  });
});
