// A program for tests: uses the embedded PostgreSQL of a data directory until told to stop.
import { startEmbeddedPostgres } from '../embedded.ts';

const main = async (): Promise<void> => {
  const [dataDir = '', password = ''] = process.argv.slice(2);
  const { pid, owned, stop } = await startEmbeddedPostgres({ dataDir, password });
  process.stdout.write(`${JSON.stringify({ pid, owned })}\n`);
  process.stdin.once('data', () => void stop().then(() => process.exit(0)));
};

void main();
