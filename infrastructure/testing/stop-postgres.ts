// Jest's global tear-down of the integration project.
import './start-postgres.ts';

const stopPostgres = async (): Promise<void> => {
  await globalThis.testPostgres?.stop();
  globalThis.testPostgres = undefined;
};

// eslint-disable-next-line no-restricted-syntax -- Jest calls the default export
export default stopPostgres;
