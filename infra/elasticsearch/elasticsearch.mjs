// A real Elasticsearch on a loopback port, for tests and for trying it out. The first run fetches it with Maven into
// .cache/; later runs need no network.
//
//   node infra/elasticsearch/elasticsearch.mjs [--port 9200] [--data DIR] [--heap 512m] [--install-only] [key=value …]
//
// Prints {"url": …} once it answers, and ends with its standard input, SIGINT or SIGTERM. Exit code 3: no Java or Maven.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const CACHE = path.resolve(HERE, '../../.cache/elasticsearch');
const SOURCES = ['pom.xml', 'Launcher.java', 'elasticsearch.mjs'];
const VERSION = /<elasticsearch\.version>(.*?)</.exec(
  readFileSync(path.join(HERE, 'pom.xml'), 'utf8'),
)[1];
const JAVA_MIN = 17;
const START_MS_MAX = 180_000; // A busy machine takes half a minute
const MISSING_TOOLS = 3;

const missingTools = () => {
  for (const [command, flag] of [
    ['javac', '-version'],
    ['mvn', '-v'],
  ]) {
    const { error, status, stdout } = spawnSync(command, [flag], { encoding: 'utf8' });
    if (error || status !== 0) return `\`${command}\` is not installed`;
    const major = command === 'javac' ? Number(/(\d+)/.exec(stdout)?.[1]) : JAVA_MIN;
    if (major < JAVA_MIN) return `Java ${JAVA_MIN} or later is needed; this is ${major}`;
  }
  return null;
};

// Edited sources never run stale classes.
const stamp = () => {
  const hash = createHash('sha256');
  for (const source of SOURCES) hash.update(readFileSync(path.join(HERE, source)));
  return `${VERSION}-${hash.digest('hex').slice(0, 12)}`;
};

/** Builds beside, then renames: an interrupted install leaves nothing that looks whole, and the first of two wins. */
const install = () => {
  const home = path.join(CACHE, stamp());
  if (existsSync(home)) return home;
  const part = `${home}.${process.pid}`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(path.join(part, 'home/modules'), { recursive: true });
  const run = (command, args) =>
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  console.error(`Fetching Elasticsearch ${VERSION} with Maven …`);
  run('mvn', ['-B', '-q', '-f', path.join(HERE, 'pom.xml'), `-Dunpack.to=${part}`, 'package']);
  const unpacked = path.join(part, `elasticsearch-${VERSION}`);
  renameSync(path.join(unpacked, 'lib'), path.join(part, 'lib'));
  renameSync(path.join(unpacked, 'config'), path.join(part, 'config'));
  const netty = path.join(part, 'home/modules/transport-netty4');
  renameSync(path.join(unpacked, 'modules/transport-netty4'), netty);
  symlinkSync('../lib', path.join(part, 'home/lib'));
  // On the class path modules have no names as Java modules.
  const descriptor = path.join(netty, 'plugin-descriptor.properties');
  writeFileSync(descriptor, readFileSync(descriptor, 'utf8').replace(/^modulename=.*\n/m, ''));
  const libraries = path.join(part, 'lib/*');
  run('javac', [
    ...['-proc:none', '-nowarn', '--release', String(JAVA_MIN)],
    ...['-d', path.join(part, 'launcher'), '-cp', libraries, path.join(HERE, 'Launcher.java')],
  ]);
  rmSync(unpacked, { recursive: true });
  try {
    renameSync(part, home);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    if (!existsSync(home)) throw error;
  }
  for (const old of readdirSync(CACHE))
    if (/^\d+\.\d+\.\d+-[0-9a-f]{12}$/.test(old) && path.join(CACHE, old) !== home)
      rmSync(path.join(CACHE, old), { recursive: true, force: true });
  return home;
};

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

const writeConfiguration = (home, data, settings) => {
  for (const folder of ['config', 'data', 'logs'])
    mkdirSync(path.join(data, folder), { recursive: true });
  cpSync(path.join(home, 'config/log4j2.properties'), path.join(data, 'config/log4j2.properties'));
  const lines = Object.entries(settings).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  writeFileSync(path.join(data, 'config/elasticsearch.yml'), `${lines.join('\n')}\n`);
};

const javaArguments = (home, data, heap) => [
  ...[`-Xms${heap}`, `-Xmx${heap}`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xss1m'],
  ...['-XX:+ExitOnOutOfMemoryError', '-XX:-OmitStackTraceInFastThrow', '-Djava.awt.headless=true'],
  ...['-Dio.netty.noUnsafe=true', '-Dio.netty.noKeySetOptimization=true'],
  ...['-Dio.netty.recycler.maxCapacityPerThread=0', '-Dlog4j.shutdownHookEnabled=false'],
  ...['-Dlog4j2.disable.jmx=true', '-Djava.locale.providers=SPI,COMPAT'],
  ...[`-Des.path.home=${path.join(home, 'home')}`, `-Des.path.conf=${path.join(data, 'config')}`],
  ...['-Des.distribution.type=zip', '-cp'],
  `${path.join(home, 'launcher')}${path.delimiter}${path.join(home, 'lib/*')}`,
  'Launcher',
];

const isUp = async (url) => {
  const health = `${url}/_cluster/health`;
  return fetch(health, { signal: AbortSignal.timeout(5_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
};

const start = async (home, { port, data, heap }, settings) => {
  const [http, transport] = [port === 0 ? await freePort() : port, await freePort()];
  writeConfiguration(home, data, {
    'cluster.name': 'filament',
    'node.name': 'filament',
    'discovery.type': 'single-node',
    'path.data': path.join(data, 'data'),
    'path.logs': path.join(data, 'logs'),
    'http.host': '127.0.0.1',
    'http.port': http,
    'transport.host': '127.0.0.1',
    'transport.port': transport,
    // The machine's disk is no concern of a test.
    'cluster.routing.allocation.disk.threshold_enabled': false,
    ...settings,
  });
  const java = spawn('java', javaArguments(home, data, heap), {
    cwd: data,
    stdio: ['inherit', 'ignore', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => java.kill('SIGTERM'));
  let ended = false;
  java.on('exit', (code) => {
    ended = true;
    process.exitCode = code ?? 0;
  });
  const url = `http://127.0.0.1:${http}`;
  const until = Date.now() + START_MS_MAX;
  while (!ended && !(await isUp(url))) {
    if (Date.now() > until) {
      java.kill('SIGKILL');
      throw new Error(`Elasticsearch did not answer in time; its log is in ${data}/logs.`);
    }
    await delay(100);
  }
  if (!ended) console.log(JSON.stringify({ url, pid: java.pid }));
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', default: '9200' },
    data: { type: 'string', default: path.join(CACHE, 'data') },
    heap: { type: 'string', default: '512m' },
    'install-only': { type: 'boolean', default: false },
  },
});
const missing = missingTools();
if (missing === null) {
  const home = install();
  const settings = Object.fromEntries(
    positionals.map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
  );
  const { port, data, heap } = values;
  if (!values['install-only'])
    await start(home, { port: Number(port), data: path.resolve(data), heap }, settings);
} else {
  console.error(`Elasticsearch can't be run here: ${missing}.`);
  process.exitCode = MISSING_TOOLS;
}
