// The configuration: one codec over the environment; every problem is reported at once, each with its fix.
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { type Limits } from '../../application/limits.ts';
import { type BindAddress } from './addresses.ts';
import { blobProblems } from './blob-variables.ts';
import { readSetting, type ConfigProblem, type Environment, type Setting } from './setting.ts';
import { GENERAL_SETTINGS, LIMIT_SETTINGS } from './variables.ts';

type Values<Settings> = {
  readonly [K in keyof Settings]: Settings[K] extends Setting<infer A> ? A : never;
};
type General = Values<typeof GENERAL_SETTINGS>;

export type Config = Omit<General, 'bindAddress' | 'gatewayBindAddress'> & {
  readonly bindAddress: BindAddress;
  readonly gatewayBindAddress: BindAddress;
  readonly limits: Limits;
};

const readAll = <Settings extends Readonly<Record<string, Setting<unknown>>>>(
  settings: Settings,
  read: (setting: Setting<unknown>) => unknown,
): Values<Settings> =>
  Object.fromEntries(
    Object.entries(settings).map(([field, setting]) => [field, read(setting)]),
  ) as Values<Settings>;

const known = new Set(
  [...Object.values(GENERAL_SETTINGS), ...Object.values(LIMIT_SETTINGS)].flatMap((setting) =>
    setting.secret ? [setting.variable, `${setting.variable}_FILE`] : [setting.variable],
  ),
);
// Read by tests and deployment files, not by the server.
const KNOWN_ELSEWHERE = /^FILAMENT_(TEST|BENCH|DEMO)_/;

const unknownVariables = (environment: Environment): readonly ConfigProblem[] =>
  Object.keys(environment)
    .filter(
      (name) => name.startsWith('FILAMENT_') && !known.has(name) && !KNOWN_ELSEWHERE.test(name),
    )
    .map((variable) => ({
      variable,
      message: `${variable} is not a variable of this server. Check its spelling in docs/operate.md, or unset it.`,
    }));

// The base contract names the window in seconds; our own variable, in milliseconds, allows finer tests.
const withContractNames = (environment: Environment): Environment => {
  const { FILAMENT_GATEWAY_INGRESS_WINDOW_SECS: seconds, ...rest } = environment;
  return seconds === undefined || rest['FILAMENT_GATEWAY_INGRESS_WINDOW_MS'] !== undefined
    ? rest
    : {
        ...rest,
        FILAMENT_GATEWAY_INGRESS_WINDOW_MS: /^\d+$/.test(seconds) ? `${seconds}000` : seconds,
      };
};

const gatewayAddress = (http: BindAddress, given: BindAddress | null): BindAddress =>
  given ?? { host: http.host, port: http.port === 0 ? 0 : 8081 };

const elasticProblems = ({
  elasticUsername,
  elasticPassword,
  elasticApiKey,
}: Pick<
  General,
  'elasticUsername' | 'elasticPassword' | 'elasticApiKey'
>): readonly ConfigProblem[] => {
  if ((elasticUsername === null) !== (elasticPassword === null))
    return [
      {
        variable: 'FILAMENT_ELASTICSEARCH_USERNAME',
        message:
          'FILAMENT_ELASTICSEARCH_USERNAME and FILAMENT_ELASTICSEARCH_PASSWORD go together. Set both or neither.',
      },
    ];
  if (elasticApiKey !== null && elasticUsername !== null)
    return [
      {
        variable: 'FILAMENT_ELASTICSEARCH_API_KEY',
        message:
          'FILAMENT_ELASTICSEARCH_API_KEY and FILAMENT_ELASTICSEARCH_USERNAME are both set. Unset one.',
      },
    ];
  return [];
};

/** Decodes the environment into a configuration, or into everything that is wrong with it. */
export const loadConfig = (
  environment: Environment,
  readFile: (path: string) => string | null,
): Either<readonly ConfigProblem[], Config> => {
  const translated = withContractNames(environment);
  const problems: ConfigProblem[] = [...unknownVariables(translated)];
  const read = (setting: Setting<unknown>) => readSetting(setting, translated, readFile, problems);
  const general = readAll(GENERAL_SETTINGS, read);
  const limits: Limits = readAll(LIMIT_SETTINGS, read);
  if ((general.captchaSiteKey === null) !== (general.captchaSecret === null)) {
    problems.push({
      variable: 'FILAMENT_HCAPTCHA_SITE_KEY',
      message:
        'FILAMENT_HCAPTCHA_SITE_KEY and FILAMENT_HCAPTCHA_SECRET go together. Set both or neither.',
    });
  }
  problems.push(...blobProblems(general), ...elasticProblems(general));
  const bindAddress = general.bindAddress ?? { host: '127.0.0.1', port: 8080 };
  const gatewayBindAddress = gatewayAddress(bindAddress, general.gatewayBindAddress);
  if (bindAddress.port !== 0 && bindAddress.port === gatewayBindAddress.port) {
    problems.push({
      variable: 'FILAMENT_GATEWAY_BIND_ADDR',
      message:
        'The gateway needs a port of its own. Set FILAMENT_GATEWAY_BIND_ADDR to another port.',
    });
  }
  return problems.length > 0
    ? left(problems)
    : right({ ...general, bindAddress, gatewayBindAddress, limits });
};
