// The `filament` command. Every subcommand has --json where it prints something, help with an example, and an exit code:
// 0 done, 1 failed, 2 the call itself was wrong.
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { isLeft } from 'fp-ts/lib/Either.js';
import { loadConfig, type Config } from '../config/config.ts';
import { CommandFailed, EXIT_FAILED, EXIT_USAGE, print } from './output.ts';
import { serve } from './serve.ts';

const readFile = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

/** The configuration, or every problem with it on standard error and exit code 2. */
const requireConfig = (): Config => {
  const loaded = loadConfig(process.env, readFile);
  if (!isLeft(loaded)) return loaded.right;
  console.error('The configuration is not usable:');
  for (const { message } of loaded.left) console.error(`  ${message}`);
  return process.exit(EXIT_USAGE);
};

const example = (text: string) => `\nExample:\n  ${text}\n`;

const createProgram = async (): Promise<Command> => {
  const program = new Command('filament')
    .description('Runs and looks after a Filament server. Settings come from the environment.')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help for what it takes)');
  program
    .command('serve')
    .description('start the API, the gateway and the web client')
    .addHelpText('after', example('FILAMENT_BIND_ADDR=0.0.0.0:8080 npx filament serve'))
    .action(() => serve(requireConfig()));
  const config = program.command('config').description('the configuration');
  config
    .command('check')
    .description('check the environment and exit, starting nothing')
    .option('--json', 'print one JSON value')
    .addHelpText('after', example('npx filament config check'))
    .action(({ json = false }: { json?: boolean }) => {
      const loaded = loadConfig(process.env, readFile);
      if (isLeft(loaded)) {
        print(
          json,
          { ok: false, problems: loaded.left },
          loaded.left.map(({ message }) => message).join('\n'),
        );
        process.exitCode = EXIT_FAILED;
        return;
      }
      print(json, { ok: true, problems: [] }, 'The configuration is fine.');
    });
  // Not for a server that is to be there again soon: they load much that it never needs.
  if (process.argv[2] !== 'serve') {
    const { addOperatorCommands } = await import('./operator-commands.ts');
    addOperatorCommands(program, { requireConfig, readFile, example });
  }
  return program;
};

const main = async (): Promise<void> => {
  try {
    const program = await createProgram();
    await program.parseAsync(process.argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
      return;
    }
    if (error instanceof CommandFailed) console.error(error.message);
    else console.error(error);
    process.exitCode = EXIT_FAILED;
  }
};

await main();
