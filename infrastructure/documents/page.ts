// The interface as one page for people: made of the same declarations as the documents for programs.
import type * as t from 'io-ts';
import { type JsonSchema } from '../../domain/shared/described.ts';
import { declaredAnswers } from '../http/declared-answers.ts';
import { type Answer, type Route } from '../http/route.ts';
import { CLIENT_FRAMES, SERVER_FRAMES } from './asyncapi.ts';
import { frameAudience, frameSummary } from './frame-notes.ts';
import { fieldsOf, schemaOf } from './json-schema.ts';
import { documentedPath } from './openapi.ts';
import { namedSchemas, SCHEMA_NAMES } from './schema-names.ts';

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const element = (tag: string, content: string, attributes = ''): string =>
  `<${tag}${attributes}>${content}</${tag}>`;
const code = (text: string): string => element('code', escaped(text));

/** A schema in the shortest words that still say everything. */
export const shapeText = (schema: JsonSchema): string => {
  const { $ref, anyOf, enum: values, type, items, properties } = schema;
  if (typeof $ref === 'string') return $ref.split('/').at(-1) ?? '';
  if ('const' in schema) return JSON.stringify(schema['const']);
  if (Array.isArray(values)) return values.map((value) => JSON.stringify(value)).join(' | ');
  if (Array.isArray(anyOf)) return anyOf.map((part) => shapeText(part as JsonSchema)).join(' | ');
  if (type === 'array') {
    const item = shapeText(items as JsonSchema);
    return item.includes(' ') ? `(${item})[]` : `${item}[]`;
  }
  if (properties !== undefined) return objectText(schema);
  if (type === 'string' && 'pattern' in schema) return isId(schema) ? 'id' : 'string';
  return typeof type === 'string' ? type : 'any';
};

const isId = ({ pattern }: JsonSchema): boolean => String(pattern).startsWith('^[0-7][0-9A-H');

const objectText = (schema: JsonSchema): string => {
  const required = (schema['required'] ?? []) as readonly string[];
  const fields = Object.entries(schema['properties'] as Record<string, JsonSchema>).map(
    ([name, field]) => `${name}${required.includes(name) ? '' : '?'}: ${shapeText(field)}`,
  );
  return `{ ${fields.join(', ')} }`;
};

/** The shape of a codec in words, a name where the documents have one. */
export const shapeOf = (codec: t.Mixed): string => shapeText(schemaOf(codec, SCHEMA_NAMES));

/** What an answer holds, in words. */
export const answerText = (answer: Answer): string =>
  answer === null ? 'nothing' : typeof answer === 'string' ? answer : shapeOf(answer);

const row = (...cells: readonly string[]): string =>
  element('tr', cells.map((cell) => element('td', cell)).join(''));

const queryText = (route: Route): string =>
  Object.entries((route.input.query && fieldsOf(route.input.query)?.fields) ?? {})
    .map(([name, { required, codec }]) => `${name}${required ? '' : '?'}: ${shapeOf(codec)}`)
    .join(', ');

const routeSection = (route: Route): string => {
  const { method, url, summary, serve, input, answer } = route;
  const { success, errors } = declaredAnswers(route);
  const query = queryText(route);
  const failures = [...errors]
    .sort(([a], [b]) => a - b)
    .map(([status, codes]) => `${status} ${codes.join(', ')}`);
  const rows = [
    row('token', serve.auth === 'bearer' ? 'needed' : 'not needed'),
    ...(query === '' ? [] : [row('query', code(query))]),
    ...(input.body === null ? [] : [row('body', code(shapeOf(input.body)))]),
    row(`answer ${success}`, code(answerText(answer))),
    row('errors', failures.map(code).join(' ')),
  ];
  return element(
    'section',
    element('h3', `${element('b', method)} ${escaped(documentedPath(url))}`) +
      element('p', escaped(summary)) +
      element('table', rows.join('')),
  );
};

const frameSection = (name: string, rows: readonly string[], summary: string): string =>
  element(
    'section',
    element('h3', escaped(name)) + element('p', escaped(summary)) + element('table', rows.join('')),
  );

const shapesSection = (): string =>
  element(
    'table',
    Object.entries(namedSchemas())
      .map(([name, schema]) => row(element('b', escaped(name)), code(shapeText(schema))))
      .join(''),
  );

/** The page of these routes and of the gateway. */
export const documentsPage = (routes: readonly Route[]): string =>
  [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Filament: the interface</title>',
    '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/docs/style.css"></head><body><main>',
    element('h1', 'The interface of this server'),
    '<p>For programs: <a href="/docs/openapi.json">OpenAPI 3.1</a>, <a href="/docs/asyncapi.json">AsyncAPI 3.0</a>.</p>',
    '<nav><a href="#http">HTTP</a> <a href="#sent">Frames from the server</a> <a href="#asked">Frames from a client</a> <a href="#shapes">Shapes</a></nav>',
    element('h2', 'HTTP', ' id="http"'),
    ...routes.map(routeSection),
    element('h2', 'Frames from the server', ' id="sent"'),
    ...SERVER_FRAMES.map(({ name, data }) =>
      frameSection(
        name,
        [row('heard by', escaped(frameAudience(name))), row('d', code(shapeOf(data)))],
        frameSummary(name),
      ),
    ),
    element('h2', 'Frames from a client', ' id="asked"'),
    ...CLIENT_FRAMES.map(({ name, summary, data }) =>
      frameSection(name, [row('d', code(shapeOf(data)))], summary),
    ),
    element('h2', 'Shapes', ' id="shapes"'),
    shapesSection(),
    '</main></body></html>',
  ].join('\n');

export const PAGE_STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
nav a { margin-right: 1rem; }
section { border-top: 1px solid #8886; padding: 0.25rem 0; }
h3 { font-family: ui-monospace, monospace; font-size: 1rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
td { vertical-align: top; padding: 0.15rem 0.75rem 0.15rem 0; overflow-wrap: anywhere; }
td:first-child { width: 9rem; opacity: 0.8; }
code { font: 0.875rem ui-monospace, monospace; }
`;
