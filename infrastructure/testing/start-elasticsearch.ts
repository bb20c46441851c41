// Jest's global set-up of the elasticsearch project: PostgreSQL and one Elasticsearch for all its spec files.
import {
  ELASTIC_TEST_URL,
  startElasticsearchProcess,
  type ElasticsearchProcess,
} from './elasticsearch-process.ts';
import startPostgres from './start-postgres.ts';

declare global {
  // Jest loads set-up and tear-down as separate modules of one process: a global is the only way from one to the other.
  var testElasticsearch: ElasticsearchProcess | undefined;
}

const startElasticsearch = async (): Promise<void> => {
  await startPostgres();
  if (process.env[ELASTIC_TEST_URL] !== undefined) return;
  const started = await startElasticsearchProcess();
  if (started === null) {
    console.error(`The tests with Elasticsearch are skipped. ${ELASTIC_TEST_URL} may name one.`);
    return;
  }
  globalThis.testElasticsearch = started;
  process.env[ELASTIC_TEST_URL] = started.url;
};

// eslint-disable-next-line no-restricted-syntax -- Jest calls the default export
export default startElasticsearch;
