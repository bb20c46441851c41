// `filament serve`: starts the product, says where it is, and stops it cleanly.
import { setTimeout as delay } from 'node:timers/promises';
import { type Config } from '../config/config.ts';
import { createLog } from '../logging/log.ts';
import { startServer, type RunningServer } from '../server/server.ts';
import { CommandFailed } from './output.ts';

const FORCED_EXIT = 130;
const ABANDON_MS = 3_000;

const SLOW_SOCKETS = `
Warning: this Node has no native WebSocket library here, so every delivery costs several times as much.
Run Filament under Node 20, or with the official uWebSockets.js build, before serving many people.`;

const announce = ({ httpUrl, gatewayUrl, webSockets }: RunningServer, config: Config): void => {
  console.log(`Filament is ready at ${httpUrl}`);
  console.log(`  gateway   ${gatewayUrl}`);
  console.log(`  data      ${config.dataDirectory}`);
  console.log('Open the address in a browser and create an account. Ctrl+C stops the server.');
  if (webSockets === 'javascript') console.error(SLOW_SOCKETS);
};

/** Resolves with the name of the signal that asks the process to end; a second one ends it at once. */
const askedToStop = (): Promise<string> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.on(signal, () => process.exit(FORCED_EXIT));
        resolve(signal);
      });
    }
  });

// Asked to end while it starts: a start that is nearly done ends cleanly; one that waits, for a server of another version
// or for a database, is left. Nothing was accepted yet that could be lost.
const abandon = async (starting: Promise<RunningServer>): Promise<never> => {
  console.log('Stopping …');
  await Promise.race([starting.then((server) => server.stop()), delay(ABANDON_MS)]);
  return process.exit(FORCED_EXIT);
};

export const serve = async (config: Config): Promise<void> => {
  const log = createLog({ level: config.logLevel });
  const stopped = askedToStop();
  const starting = startServer(config, log).catch((error: unknown) => {
    throw new CommandFailed(error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  });
  const server = await Promise.race([starting, stopped.then(() => null)]);
  if (server === null) return abandon(starting);
  announce(server, config);
  try {
    await Promise.race([stopped, server.failed]);
    console.log('Stopping …');
  } finally {
    await server.stop();
  }
};
