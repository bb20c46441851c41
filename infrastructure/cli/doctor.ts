// `filament doctor`: looks at everything that goes wrong in practice, and says what to do next.
import path from 'node:path';
import { type Command } from 'commander';
import { isLeft } from 'fp-ts/lib/Either.js';
import { CORE_PROJECTORS } from '../../projections/core-projectors.ts';
import { installationId } from '../auth/tokens.ts';
import { openObjects } from '../blob/open-blob-store.ts';
import { loadConfig, type Config } from '../config/config.ts';
import { failed, look, ok, type Finding } from '../doctor/finding.ts';
import {
  lookAtBackups,
  lookAtClock,
  lookAtDurability,
  lookAtProjections,
  lookAtSeals,
} from '../doctor/log.ts';
import { lookAtDisk, lookAtPort, lookAtSecrets } from '../doctor/machine.ts';
import { createLog } from '../logging/log.ts';
import { type Foundation } from '../server/foundation.ts';
import { EXIT_FAILED, print, textTable } from './output.ts';
import { withFoundation } from './projection-work.ts';

const lookAtFiles = async (config: Config, { secrets }: Foundation): Promise<Finding> => {
  const objects = await openObjects(config, {
    installation: installationId(secrets.masterKey),
    log: createLog({ level: 'error' }),
  });
  objects.close?.();
  return ok('files', 'their store can be used');
};

const lookInside = (config: Config): Promise<readonly Finding[]> =>
  withFoundation({ ...config, unsafeDatabase: 'yes' }, async (foundation) => {
    const { pool, store, eventLog, secrets, clock } = foundation;
    const looks = [
      look('secrets', () => lookAtSecrets(secrets.folder)),
      look('database', () => lookAtDurability(pool)),
      look('clock', () => lookAtClock(pool, clock.now)),
      look('seals', () => lookAtSeals(eventLog, config.limits.sealSecs, clock.now())),
      look('read models', () => lookAtProjections(pool, store, CORE_PROJECTORS)),
      look('files', () => lookAtFiles(config, foundation)),
      look('backups', () => lookAtBackups(eventLog, clock.now())),
    ];
    return (await Promise.all(looks)).flat();
  });

const examine = async (config: Config): Promise<readonly Finding[]> => {
  const folder = path.resolve(config.dataDirectory);
  const { bindAddress, gatewayBindAddress } = config;
  const inside = await look('database', () => lookInside(config));
  return [
    ok('configuration', 'can be used'),
    ...(await look('disk', () => lookAtDisk(folder))),
    ...(await look('HTTP port', () => lookAtPort('HTTP port', 'FILAMENT_BIND_ADDR', bindAddress))),
    ...(await look('gateway port', () =>
      lookAtPort('gateway port', 'FILAMENT_GATEWAY_BIND_ADDR', gatewayBindAddress),
    )),
    ...inside,
  ];
};

const MARKS = { ok: 'ok', warning: 'warn', failed: 'FAIL' } as const;

const doctor = async (readFile: (path: string) => string | null, json: boolean): Promise<void> => {
  const loaded = loadConfig(process.env, readFile);
  const findings = isLeft(loaded)
    ? loaded.left.map(({ variable, message }) =>
        failed('configuration', `${variable} can't be used`, message),
      )
    : await examine(loaded.right);
  const rows = findings.map(({ about, outcome, found, next = '' }) => ({
    ...{ outcome: MARKS[outcome], about, found, next },
  }));
  print(json, { findings }, textTable(rows));
  if (findings.some(({ outcome }) => outcome === 'failed')) process.exitCode = EXIT_FAILED;
};

/** Adds the command; exit code 1 when something failed, 0 with warnings only. */
export const addDoctorCommand = (
  program: Command,
  readFile: (path: string) => string | null,
  example: (text: string) => string,
): void => {
  program
    .command('doctor')
    .description('look at configuration, disk, ports, database, clock, seals, read models, backups')
    .option('--json', 'print one JSON value')
    .addHelpText('after', example('npx filament doctor'))
    .action(({ json = false }: { readonly json?: boolean }) => doctor(readFile, json));
};
