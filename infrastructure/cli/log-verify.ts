// `filament log verify`: the live log, or an export without any server data.
import { createReadStream, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import { type Config } from '../config/config.ts';
import { progressOf } from '../projections/rebuild-progress.ts';
import { createExportVerifier, type ExportVerdict } from '../seals/export-verifier.ts';
import { readRange } from '../seals/export-log.ts';
import { createVerifier, type Verdict } from '../seals/log-verifier.ts';
import { readLines } from '../seals/read-lines.ts';
import { parseReceipt, readKeptReceipt } from '../seals/receipt.ts';
import { notaryPorts } from '../server/notary-slice.ts';
import { EXIT_TAMPERED, verdictJson, verdictText, warningsOf } from './log-verdict.ts';
import { CommandFailed, endProgress, print, showProgress } from './output.ts';
import { progressLine, withFoundation } from './projection-work.ts';

/** What was given to trust or to expect: words of their own, or a receipt that holds them all. */
export type Given = {
  readonly keys: readonly string[];
  readonly expected: readonly string[];
  readonly installation: string | null;
};
const NOTHING: Given = { keys: [], expected: [], installation: null };

const textOfFile = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

const receiptIn = (path: string): Given | null => {
  const receipt = parseReceipt(textOfFile(path) ?? '');
  if (receipt === null) return null;
  const { key, hash, installation } = receipt;
  return { keys: [key], expected: [hash], installation };
};

/** A key, or a file that holds one, or a receipt. */
export const readKey = (text: string, before: Given = NOTHING): Given => {
  const isKey = (key: string) => /^[\w-]{43}$/.test(key);
  const key = isKey(text) ? text : (receiptIn(text)?.keys[0] ?? textOfFile(text)?.trim() ?? '');
  if (!isKey(key))
    throw new InvalidArgumentError('Give a public key of 43 characters, or a file with it.');
  return { ...before, keys: [...before.keys, key] };
};

/** A hash, a position, or the file of a receipt, which tells its key and installation too. */
export const readExpected = (text: string, before: Given = NOTHING): Given => {
  const expect = (one: string): Given => ({ ...before, expected: [...before.expected, one] });
  if (/^[0-9a-f]{64}$/i.test(text)) return expect(text.toLowerCase());
  if (/^\d{1,20}$|^\d{40}$/.test(text)) return expect(text.padStart(20, '0'));
  const receipt = receiptIn(text);
  if (receipt === null)
    throw new InvalidArgumentError(
      'Give the hash or position of a seal, or the file of a receipt.',
    );
  return {
    keys: [...before.keys, ...receipt.keys],
    expected: [...before.expected, ...receipt.expected],
    installation: receipt.installation,
  };
};

export const mergeGiven = (key: Given = NOTHING, expected: Given = NOTHING): Given => ({
  keys: [...key.keys, ...expected.keys],
  expected: expected.expected,
  installation: expected.installation,
});

const verifyLive = (config: Config, given: Given): Promise<Verdict> =>
  withFoundation(config, async (foundation) => {
    const { eventLog, secrets } = foundation;
    const { installation, keys: ring } = notaryPorts(foundation);
    const kept = await readKeptReceipt(secrets.folder);
    const own = (await ring.read()).map(({ publicKey }) => publicKey);
    const verifier = createVerifier({
      keys: given.keys.length > 0 ? given.keys : own,
      installation: given.installation ?? installation,
      fromStart: true,
      expected: [...given.expected, ...(kept === null ? [] : [kept.hash])],
    });
    const head = await eventLog.head();
    const begun = performance.now();
    let done = 0;
    for await (const page of readRange(eventLog, null, head)) {
      for (const event of page) verifier.event(event);
      done += page.length;
      const at = (page.at(-1)?.position ?? head) as typeof head;
      const elapsedMs = performance.now() - begun;
      showProgress(
        progressLine('verify', progressOf({ phase: 'replay', done, at, head, elapsedMs })),
      );
      if (verifier.failed()) break;
    }
    return verifier.end();
  });

const verifyExport = async (file: string, given: Given): Promise<ExportVerdict> => {
  const verifier = createExportVerifier(given);
  const source = file === '-' ? process.stdin : createReadStream(file);
  const size =
    file === '-'
      ? null
      : await stat(file).then(
          (found) => found.size,
          () => null,
        );
  const begun = performance.now();
  let [bytes, shown] = [0, begun];
  const rest = await readLines(source, (line) => {
    verifier.line(line);
    bytes += line.length + 1;
    const now = performance.now();
    if (now - shown < 250) return;
    shown = now;
    const rate = (bytes * 1000) / (now - begun);
    const left = size === null ? '' : `, ${Math.ceil((size - bytes) / rate)} s left`;
    showProgress(`verify: ${(bytes / 1e6).toFixed(1)} MB, ${(rate / 1e6).toFixed(1)} MB/s${left}`);
  }).catch((error: unknown) => {
    throw new CommandFailed(
      `${file} can't be read: ${error instanceof Error ? error.message : ''}`,
      {
        cause: error,
      },
    );
  });
  return verifier.end(rest);
};

export const verifyLog = async (
  config: () => Config,
  file: string | undefined,
  given: Given,
  json: boolean,
): Promise<void> => {
  const work = file === undefined ? verifyLive(config(), given) : verifyExport(file, given);
  const verdict: Verdict & Partial<ExportVerdict> = await work.finally(endProgress);
  const offline = file !== undefined;
  const warnings = warningsOf(verdict, !offline || given.keys.length > 0, offline);
  print(json, verdictJson(verdict, warnings), verdictText(verdict, verdict.line ?? null));
  if (!json) for (const warning of warnings) console.error(`Warning: ${warning}`);
  if (verdict.finding !== null) process.exitCode = EXIT_TAMPERED;
};
