// Jest's global tear-down of the elasticsearch project.
import './start-elasticsearch.ts';
import stopPostgres from './stop-postgres.ts';

const stopElasticsearch = async (): Promise<void> => {
  await globalThis.testElasticsearch?.stop();
  await stopPostgres();
};

// eslint-disable-next-line no-restricted-syntax -- Jest calls the default export
export default stopElasticsearch;
