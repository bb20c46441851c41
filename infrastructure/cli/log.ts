// `filament log export|verify|seal`: the log as a whole, and what shows that nobody changed it.
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type Command } from 'commander';
import { isLeft } from 'fp-ts/lib/Either.js';
import { type Position } from '../../application/event-store/event-log.ts';
import { type Config } from '../config/config.ts';
import { progressOf } from '../projections/rebuild-progress.ts';
import { exportLog } from '../seals/export-log.ts';
import { receiptOf } from '../seals/receipt.ts';
import { sealNow } from '../seals/seal-now.ts';
import { type Foundation } from '../server/foundation.ts';
import { notaryPorts } from '../server/notary-slice.ts';
import { readPosition } from './audit-options.ts';
import { mergeGiven, readExpected, readKey, verifyLog, type Given } from './log-verify.ts';
import { CommandFailed, endProgress, print, showProgress } from './output.ts';
import { progressLine, withFoundation } from './projection-work.ts';

const SEAL_MS_MAX = 30_000;

type ExportOptions = { readonly from?: Position; readonly to?: Position; readonly json?: boolean };

const recordExport = async (
  { store, clock, newUuid }: Foundation,
  from: Position | null,
  to: Position,
): Promise<void> => {
  const appended = await store.append({
    ...{ stream: 'log', expected: 'any' },
    events: [{ type: 'LogExported', data: { from, to, at: clock.now() } }],
    context: { actor: 'operator', correlationId: newUuid() },
  })();
  if (isLeft(appended))
    throw new CommandFailed(`The export could not be recorded (${appended.left.type}). Try again.`);
};

// Under its own name only when it is whole: half an export must not be taken for one.
const writeTo = async (file: string | undefined, lines: AsyncIterable<string>): Promise<void> => {
  if (file === undefined) return pipeline(lines, process.stdout, { end: false });
  if (
    await stat(file).then(
      () => true,
      () => false,
    )
  )
    throw new CommandFailed(`${file} is there already. Name another file, or remove it.`);
  const draft = `${file}.part`;
  try {
    await pipeline(lines, createWriteStream(draft, { mode: 0o600, flush: true }));
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
};

const exportTo = (config: Config, file: string | undefined, options: ExportOptions) =>
  withFoundation(config, async (foundation) => {
    const { eventLog, clock } = foundation;
    const { keys, installation } = notaryPorts(foundation);
    const head = await eventLog.head();
    const [from, to] = [options.from ?? null, options.to ?? head];
    if (to > head || (from ?? eventLog.start) > to)
      throw new CommandFailed(`The log ends at ${head}: there is nothing to export there.`);
    const key = (await keys.read()).at(-1);
    if (key === undefined) throw new CommandFailed('There is no signing key.');
    await recordExport(foundation, from, to); // Every act of an operator is itself an event.
    const begun = performance.now();
    let events = 0;
    const onProgress = (done: number, at: Position): void => {
      events = done;
      const elapsedMs = performance.now() - begun;
      const progress = progressOf({ phase: 'replay', done, at, head: to, elapsedMs });
      showProgress(progressLine('export', progress));
    };
    const wish = { installation, from, to, madeAt: clock.now(), key, onProgress };
    await writeTo(file, exportLog(eventLog, wish)).finally(endProgress);
    const said = `${events.toLocaleString('en')} events up to ${to} exported.`;
    if (file === undefined) console.error(said);
    else print(options.json === true, { file, events, from, to, key: key.publicKey }, said);
  });

const seal = (config: Config, rotateKey: boolean, json: boolean) =>
  withFoundation(config, async (foundation) => {
    const ports = notaryPorts(foundation);
    if (rotateKey) await ports.keys.rotate({ now: true });
    const signal = AbortSignal.timeout(SEAL_MS_MAX);
    const made = await sealNow(
      { ...ports, eventLog: foundation.eventLog },
      { actor: 'operator', signal },
    );
    if (made === null) throw new CommandFailed('The log is empty: there is nothing to seal.');
    await ports.keep?.(made);
    const receipt = receiptOf(made);
    const lines = Object.entries(receipt).map(([name, value]) => `${name.padEnd(13)} ${value}`);
    print(json, receipt, lines.join('\n'));
  });

type VerifyOptions = { readonly key?: Given; readonly expectSeal?: Given; readonly json?: boolean };

const VERIFY_EXAMPLES = [
  'npx filament log verify',
  '  npx filament log verify log.jsonl --key qk3…43 characters…',
  '  npx filament log verify log.jsonl --expect-seal receipt.json',
  '',
  'Exit codes: 0 as sealed, 1 could not be read, 2 the call was wrong, 3 not as sealed.',
].join('\n');

export const addLogCommands = (
  program: Command,
  requireConfig: () => Config,
  example: (text: string) => string,
): void => {
  const log = program
    .command('log')
    .description('the log itself, and what shows that it was not changed');
  log
    .command('export')
    .argument('[file]', 'where to; standard output when left out')
    .description('write the log with the hashes that verify it, one JSON value in each line')
    .option('--from <position>', 'at that position of the log or later', readPosition)
    .option('--to <position>', 'at that position of the log or earlier', readPosition)
    .option('--json', 'print one JSON value about the file')
    .addHelpText(
      'after',
      example('npx filament log export log.jsonl\n  npx filament log export | gzip > log.jsonl.gz'),
    )
    .action((file: string | undefined, options: ExportOptions) =>
      exportTo(requireConfig(), file, options),
    );
  log
    .command('verify')
    .argument('[file]', 'an export, - for standard input; the live log when left out')
    .description('recompute every hash and signature; name the first event that is not as sealed')
    .option(
      '--key <key>',
      'trust this public key, or the one in this file; may be repeated',
      readKey,
    )
    .option(
      '--expect-seal <seal>',
      'a seal that must be there: its hash, its position or the file of its receipt; may be repeated',
      readExpected,
    )
    .option('--json', 'print one JSON value')
    .addHelpText('after', example(VERIFY_EXAMPLES))
    .action((file: string | undefined, { key, expectSeal, json = false }: VerifyOptions) =>
      verifyLog(requireConfig, file, mergeGiven(key, expectSeal), json),
    );
  log
    .command('seal')
    .description('seal what has no seal yet, and print a receipt to keep elsewhere')
    .option('--rotate-key', 'make a new signing key, announced by this seal')
    .option('--json', 'print one JSON value')
    .addHelpText('after', example('npx filament log seal --json > receipt.json'))
    .action(({ rotateKey = false, json = false }: { rotateKey?: boolean; json?: boolean }) =>
      seal(requireConfig(), rotateKey, json),
    );
};
