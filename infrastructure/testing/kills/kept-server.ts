// Keeps a server running on one address, as whatever runs services on a machine does.
import { freePort, type ServerProcess } from '../server-process.ts';
import { GENEROUS, type TestSite } from '../test-site.ts';

export type KeptServer = {
  readonly baseUrl: string;
  /** Kills it and begins to start it again; does nothing while it is not back from the last time. */
  readonly kill: () => Promise<void>;
  /** Resolves once it runs again; rejects when it can't be started. */
  readonly started: () => Promise<void>;
  readonly failedStarts: () => number;
  readonly output: () => string; // Printed in its present life and in the one before
};

// A start may fail, since its database may be killed under it; not over and over again.
const STARTS_MAX = 20;

export const keepServer = async (site: TestSite, dataDirectory: string): Promise<KeptServer> => {
  const address = `127.0.0.1:${await freePort()}`;
  const start = () =>
    site.start(dataDirectory, {
      ...GENEROUS,
      FILAMENT_BIND_ADDR: address,
      FILAMENT_GATEWAY_BIND_ADDR: '127.0.0.1:0',
    });
  let current: ServerProcess | null = await start();
  const { baseUrl } = current;
  let starting: Promise<void> = Promise.resolve();
  let failedStarts = 0;
  let before = '';
  const startAgain = async (): Promise<void> => {
    for (let starts = 1; ; starts += 1) {
      try {
        current = await start();
        return;
      } catch (error) {
        failedStarts += 1;
        if (starts === STARTS_MAX) throw error;
      }
    }
  };
  return {
    baseUrl,
    kill: async () => {
      const killed = current;
      if (killed === null) return;
      current = null;
      await killed.kill();
      before = killed.output();
      starting = startAgain();
      starting.catch(() => {}); // `started` tells of it.
    },
    started: () => starting,
    failedStarts: () => failedStarts,
    output: () => `${before}\n--- killed ---\n${current?.output() ?? ''}`,
  };
};
