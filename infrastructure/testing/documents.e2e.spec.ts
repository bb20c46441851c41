// What a whole server serves is what its documents tell, and what the tests of every route test.
import { openApiDocument } from '../documents/openapi.ts';
import { EVERY_ROUTE } from './every-route.ts';
import { createTestSite } from './test-site.ts';

jest.setTimeout(60_000);

const site = createTestSite('documents');
afterAll(site.cleanUp);

it('serves the routes of the list, and documents them', async () => {
  const server = await site.start(site.newDataDirectory());
  const served: unknown = await (await fetch(`${server.baseUrl}/docs/openapi.json`)).json();
  const listed: unknown = JSON.parse(JSON.stringify(openApiDocument(EVERY_ROUTE)));
  expect(served).toEqual(listed);
});
