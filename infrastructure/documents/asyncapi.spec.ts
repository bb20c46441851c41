import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { asyncApiDocument, CLIENT_FRAMES, SERVER_FRAMES } from './asyncapi.ts';

// The edition whose parts have no ids of their own, which ajv would take for as many documents.
const META_SCHEMA = 'node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json';

const document = asyncApiDocument() as {
  readonly components: { readonly messages: Readonly<Record<string, unknown>> };
};

describe('the AsyncAPI document', () => {
  it('is valid AsyncAPI 3.0', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const fits = ajv.compile(JSON.parse(readFileSync(META_SCHEMA, 'utf8')) as object);
    expect({ fits: fits(document), errors: fits.errors }).toEqual({ fits: true, errors: null });
    expect(fits({ ...document, operations: { hear: { action: 'shout' } } })).toBe(false);
  });

  it('tells of every frame, both ways', () => {
    expect(Object.keys(document.components.messages)).toEqual([
      ...SERVER_FRAMES.map(({ name }) => `server_${name}`),
      ...CLIENT_FRAMES.map(({ name }) => `client_${name}`),
    ]);
    expect(SERVER_FRAMES.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['ready', 'message_create', 'command_done']),
    );
  });
});
