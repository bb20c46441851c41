import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { EVERY_ROUTE } from '../testing/every-route.ts';
import { documentedPath, openApiDocument } from './openapi.ts';

const META_SCHEMA = 'node_modules/@seriousme/openapi-schema-validator/schemas/v3.1/schema.json';

type Operation = {
  readonly operationId: string;
  readonly security: readonly unknown[];
  readonly responses: Readonly<Record<string, unknown>>;
};

const document = openApiDocument(EVERY_ROUTE) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

const operations = Object.values(document.paths).flatMap((path) => Object.values(path));

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const fits = ajv.compile(JSON.parse(readFileSync(META_SCHEMA, 'utf8')) as object);
    expect({ fits: fits(document), errors: fits.errors }).toEqual({ fits: true, errors: null });
    expect(fits({ ...document, paths: { '/a': { get: { responses: 1 } } } })).toBe(false);
  });

  it('tells of every route, once', () => {
    expect(operations).toHaveLength(EVERY_ROUTE.length);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { method, url } of EVERY_ROUTE)
      expect(document.paths[documentedPath(url)]).toHaveProperty(method.toLowerCase());
  });

  it('says of each route whether it needs a token, and what it answers without', () => {
    for (const { method, url, serve } of EVERY_ROUTE) {
      const operation = document.paths[documentedPath(url)]?.[method.toLowerCase()];
      expect(operation?.security).toHaveLength(serve.auth === 'bearer' ? 1 : 0);
      if (serve.auth === 'bearer') expect(operation?.responses).toHaveProperty('401');
    }
  });

  it('points only at what it defines', () => {
    const text = JSON.stringify(document);
    for (const [, pointer] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = pointer!
        .split('/')
        .reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], document);
      expect({ pointer, found: found !== undefined }).toEqual({ pointer, found: true });
    }
  });
});
