// The documents of the interface, served beside it: for programs as OpenAPI and AsyncAPI, for people as one page.
import { asyncApiDocument } from '../documents/asyncapi.ts';
import { openApiDocument } from '../documents/openapi.ts';
import { documentsPage, PAGE_STYLE } from '../documents/page.ts';
import { answered, route, type Route } from './route.ts';

// The page has no script and asks nothing of another host; its one style sheet is a file of its own.
const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const PUBLIC = { 'cache-control': 'no-cache' };

/** Written once, since a document is a hundred times longer than the request for it; and not while others wait to be served. */
const written = (write: () => string): (() => string) => {
  let text: string | undefined;
  return () => (text ??= write());
};

/** The documents of these routes and their own. */
export const documentsRoutes = (served: readonly Route[]): readonly Route[] => {
  const routes: readonly Route[] = [
    route({
      method: 'GET',
      url: '/docs/openapi.json',
      auth: 'none',
      summary: 'This interface as an OpenAPI 3.1 document.',
      answer: 'text',
      contentType: 'application/json; charset=utf-8',
      headers: PUBLIC,
      failures: [],
      handle: () => Promise.resolve(answered(openApi())),
    }),
    route({
      method: 'GET',
      url: '/docs/asyncapi.json',
      auth: 'none',
      summary: 'The gateway as an AsyncAPI 3.0 document.',
      answer: 'text',
      contentType: 'application/json; charset=utf-8',
      headers: PUBLIC,
      failures: [],
      handle: () => Promise.resolve(answered(asyncApi())),
    }),
    route({
      method: 'GET',
      url: '/docs',
      auth: 'none',
      summary: 'Both documents as a page.',
      answer: 'text',
      contentType: 'text/html; charset=utf-8',
      headers: { ...PUBLIC, 'content-security-policy': PAGE_POLICY },
      failures: [],
      handle: () => Promise.resolve(answered(page())),
    }),
    route({
      method: 'GET',
      url: '/docs/style.css',
      auth: 'none',
      summary: 'The style sheet of that page.',
      answer: 'text',
      contentType: 'text/css; charset=utf-8',
      headers: PUBLIC,
      failures: [],
      handle: () => Promise.resolve(answered(PAGE_STYLE)),
    }),
  ];
  const all = [...served, ...routes];
  const openApi = written(() => JSON.stringify(openApiDocument(all)));
  const asyncApi = written(() => JSON.stringify(asyncApiDocument()));
  const page = written(() => documentsPage(all));
  return routes;
};
