// Runs a program of this repository in a process of its own, so that a test can kill it.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { build } from 'esbuild';

export type Child = {
  readonly process: ChildProcess;
  /** The next line it prints; undefined once it has ended. */
  readonly line: () => Promise<string | undefined>;
  readonly say: (line: string) => void;
  readonly ended: Promise<void>;
};

// Inside the repository, so that the packages it imports are found.
const OUTPUT = '.cache/test-programs';

/** Bundles a program once; returns the file to run. `source` is a path from the repository's root. */
export const bundleProgram = async (source: string): Promise<string> => {
  const name = path.basename(source, '.ts');
  const outfile = path.resolve(OUTPUT, `${name}-${process.pid}.mjs`);
  await build({
    entryPoints: [path.resolve(source)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return outfile;
};

/** Starts a bundled program in a process group of its own. */
export const startProgram = (file: string, args: readonly string[]): Child => {
  const child = spawn(process.execPath, [file, ...args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => {}); // Killed while we were talking to it.
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    process: child,
    line: async () => {
      const next = await lines.next();
      return next.done === true ? undefined : next.value;
    },
    say: (line) => child.stdin.write(`${line}\n`),
    ended,
  };
};
