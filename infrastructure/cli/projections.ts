// `filament projections status|rebuild|verify|rollback|drop|checksum`: beside a running server on the same data directory, or alone.
import { type Command } from 'commander';
import type * as t from 'io-ts';
import { type Projector } from '../../projections/projector.ts';
import { type Config } from '../config/config.ts';
import { projectionChecksums } from '../projections/checksums.ts';
import { projectionStatus } from '../projections/projection-status.ts';
import { type TableComparison } from '../projections/compare.ts';
import {
  rebuildProjection,
  verifyProjection,
  type RebuiltTables,
  type Verified,
} from '../projections/rebuild.ts';
import { recordAct } from '../projections/record-act.ts';
import { recordRebuild } from '../projections/record-rebuild.ts';
import { dropReplaced, rollBackProjection, type NotKept } from '../projections/rollback.ts';
import { type Foundation } from '../server/foundation.ts';
import { CommandFailed, print, textTable } from './output.ts';
import { beside, withProjectors } from './projection-work.ts';

type Options = { readonly json?: boolean; readonly fullSpeed?: boolean };

// Every act of an operator is itself an event.
const rebuild = (
  foundation: Foundation,
  projector: Projector,
  options: Options,
): Promise<RebuiltTables> =>
  beside(foundation, projector, options, async (ports) => {
    const rebuilt = await rebuildProjection(ports);
    await recordRebuild(foundation, 'operator', rebuilt);
    return rebuilt;
  });

/** What differs, by table; nothing when all is equal. */
const differences = (compared: readonly TableComparison[]): string =>
  compared
    .filter(({ isEqual }) => !isEqual)
    .map(({ table, rows, rebuiltRows }) => `${table} (${rows} rows live, ${rebuiltRows} rebuilt)`)
    .join(', ');

const verdict = (compared: readonly TableComparison[] | null): string =>
  compared === null ? 'not compared' : differences(compared) || 'equal';

const status = (config: Config, json: boolean) =>
  withProjectors(config, [], async ({ pool, store }, projectors) => {
    const rows = await projectionStatus({ pool, store, projectors });
    print(json, { projections: rows }, textTable(rows));
  });

const rebuildChosen = (config: Config, names: readonly string[], options: Options) =>
  withProjectors(config, names, async (foundation, projectors) => {
    const rebuilt: RebuiltTables[] = [];
    for (const projector of projectors) rebuilt.push(await rebuild(foundation, projector, options));
    const rows = rebuilt.map(({ name, version, events, elapsedMs, ratePerSecond, compared }) => ({
      projection: name,
      version,
      events,
      seconds: Number((elapsedMs / 1000).toFixed(2)),
      eventsPerSecond: Math.round(ratePerSecond),
      replaced: verdict(compared),
    }));
    print(options.json === true, { rebuilt: rows }, textTable(rows));
  });

const verifyChosen = (config: Config, names: readonly string[], options: Options) =>
  withProjectors(config, names, async (foundation, projectors) => {
    const verified: Verified[] = [];
    for (const projector of projectors)
      verified.push(await beside(foundation, projector, options, verifyProjection));
    const rows = verified.map(({ name, version, events, compared }) => ({
      projection: name,
      version,
      events,
      live: compared === null ? 'absent, or of another version' : verdict(compared),
    }));
    print(options.json === true, { verified }, textTable(rows));
    const isGood = verified.every(({ compared }) => compared?.every(({ isEqual }) => isEqual));
    if (!isGood)
      throw new CommandFailed(
        'Not all live tables equal what the log makes of them. `filament projections rebuild NAME` mends that.',
      );
  });

const whyNot = (failure: NotKept): string => {
  const { name } = failure;
  switch (failure.type) {
    case 'NothingKept':
      return `No replaced tables of ${name} are kept: it was not rebuilt, they were dropped, or they are never kept.`;
    case 'OtherVersion':
      return `The replaced tables of ${name} are of version ${failure.version}: start the program of that version, which takes them back by itself.`;
    case 'FurtherThanTheLog':
      return `The replaced tables of ${name} hold more than the log does: rebuild it instead.`;
  }
};

const rollbackChosen = (config: Config, names: readonly string[], { json = false }: Options) =>
  withProjectors(config, names, async (foundation, projectors) => {
    const rows = [];
    for (const projector of projectors) {
      const outcome = await beside(foundation, projector, {}, rollBackProjection);
      if ('type' in outcome) throw new CommandFailed(whyNot(outcome));
      const { name: projection } = outcome;
      const [version, events] = [outcome.version as t.Int, outcome.events as t.Int];
      const data = { projection, version, events, at: foundation.clock.now() };
      await recordAct(foundation, 'operator', { type: 'ProjectionRolledBack', data });
      rows.push({ projection, version, caughtUp: events });
    }
    print(json, { rolledBack: rows }, textTable(rows));
  });

const dropChosen = (config: Config, names: readonly string[], { json = false }: Options) =>
  withProjectors(config, names, async (foundation, projectors) => {
    const rows = [];
    for (const projector of projectors) {
      const { name: projection } = projector;
      const dropped = await beside(foundation, projector, {}, ({ pool }) =>
        dropReplaced(pool, projector),
      );
      const data = { projection, at: foundation.clock.now() };
      if (dropped)
        await recordAct(foundation, 'operator', { type: 'ReplacedProjectionDropped', data });
      rows.push({ projection, dropped: dropped ? 'yes' : 'nothing kept' });
    }
    print(json, { dropped: rows }, textTable(rows));
  });

const checksum = (config: Config, names: readonly string[], { json = false }: Options) =>
  withProjectors(config, names, async ({ pool }, projectors) => {
    const rows = [];
    for (const projector of projectors) {
      for (const sum of await projectionChecksums(pool, projector)) {
        rows.push({ projection: projector.name, ...sum });
      }
    }
    print(json, { tables: rows }, textTable(rows));
  });

export const addProjectionsCommands = (
  program: Command,
  requireConfig: () => Config,
  example: (text: string) => string,
): void => {
  const projections = program
    .command('projections')
    .description('the read models folded from the log');
  projections
    .command('status')
    .description('show where each projection stands')
    .option('--json', 'print one JSON value')
    .addHelpText('after', example('npx filament projections status'))
    .action(({ json = false }: Options) => status(requireConfig(), json));
  const onNames = (
    name: string,
    names: string,
    description: string,
    work: (config: Config, names: readonly string[], options: Options) => Promise<void>,
  ) =>
    projections
      .command(name)
      .argument(names, 'which ones' + (names.startsWith('[') ? '; all when none is named' : ''))
      .description(description)
      .option('--json', 'print one JSON value')
      .addHelpText('after', example(`npx filament projections ${name} messages`))
      .action((chosen: readonly string[], options: Options) =>
        work(requireConfig(), chosen, options),
      );
  const fullSpeed = [
    '--full-speed',
    'without rests for those who are served meanwhile: several times as fast',
  ] as const;
  onNames(
    'rebuild',
    '[name...]',
    'build projections anew from the log, beside the live ones, and switch to them; what is replaced is kept for a rollback',
    rebuildChosen,
  ).option(...fullSpeed);
  onNames(
    'verify',
    '[name...]',
    'build projections anew beside the live ones and compare, byte for byte, without switching',
    verifyChosen,
  ).option(...fullSpeed);
  onNames(
    'rollback',
    '<name...>',
    'switch back to the tables that the last rebuild replaced, once they have caught up',
    rollbackChosen,
  );
  onNames('drop', '[name...]', 'drop the tables that rebuilds replaced', dropChosen);
  onNames(
    'checksum',
    '[name...]',
    'a checksum of each table, equal before and after a rebuild',
    checksum,
  );
};
