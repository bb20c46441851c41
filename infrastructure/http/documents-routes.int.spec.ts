import { EVERY_ROUTE } from '../testing/every-route.ts';
import { openApiDocument } from '../documents/openapi.ts';
import { documentsRoutes } from './documents-routes.ts';
import { runServer, type RunningServer } from './testing/running-server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer({ routes: EVERY_ROUTE });
});
afterAll(() => server.close());

describe('the documents', () => {
  it('are served to programs', async () => {
    const openApi = await server.fetch('/docs/openapi.json');
    expect(openApi.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await openApi.json()).toEqual(JSON.parse(JSON.stringify(openApiDocument(EVERY_ROUTE))));
    expect(await (await server.fetch('/docs/asyncapi.json')).json()).toMatchObject({
      asyncapi: '3.0.0',
    });
  });

  it('are shown to people by a page that runs nothing and asks nobody else', async () => {
    const response = await server.fetch('/docs');
    const page = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(page).not.toMatch(/<script|<style|style=|\son\w+=|https?:\/\/|javascript:/i);
    const linked = [...page.matchAll(/(?:href|src)="([^"#]+)"/g)].map(([, path]) => path!);
    expect(linked).toHaveLength(3);
    for (const path of linked) expect((await server.fetch(path)).status).toBe(200);
    const style = await server.fetch('/docs/style.css');
    expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8');
  });

  it('name every route and frame on the page', async () => {
    const page = await (await server.fetch('/docs')).text();
    for (const { summary } of EVERY_ROUTE) expect(page).toContain(summary);
    expect(page).toContain('workspace_member_ban');
  });

  it('tell of nothing but what is served', async () => {
    const small = await runServer({ routes: documentsRoutes([]) });
    const document = (await (await small.fetch('/docs/openapi.json')).json()) as {
      readonly paths: object;
    };
    await small.close();
    expect(Object.keys(document.paths)).toEqual([
      '/docs/openapi.json',
      '/docs/asyncapi.json',
      '/docs',
      '/docs/style.css',
    ]);
  });
});
