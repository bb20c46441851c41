// The OpenAPI 3.1 document of the HTTP interface, made of the very routes that are served.
import type * as t from 'io-ts';
import { type JsonSchema } from '../../domain/shared/described.ts';
import { declaredAnswers, type DeclaredAnswers } from '../http/declared-answers.ts';
import { type Answer, type PathParam, type Route } from '../http/route.ts';
import { fieldsOf, schemaOf } from './json-schema.ts';
import { SCHEMA_NAMES, namedSchemas } from './schema-names.ts';

export const API_VERSION = '1.0.0';

type Json = Readonly<Record<string, unknown>>;

const JSON_TYPE = 'application/json';
const PLAIN_TEXT = 'text/plain';

const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The path of a route with its parameters as OpenAPI writes them: `/guilds/{guild_id}`. */
export const documentedPath = (url: string): string =>
  url.replace(/:(\w+)/g, (_, name: string) => `{${snakeCase(name)}}`);

const pathParameter = ([name, { codec, malformed }]: [string, PathParam<unknown>]): Json => ({
  name: snakeCase(name),
  in: 'path',
  required: true,
  description:
    malformed === 'unknown'
      ? 'Compared as text: whatever names nothing is 404.'
      : 'What is malformed is 400.',
  schema: schemaOf(codec),
});

const queryParameters = (codec: t.Mixed | null): readonly Json[] =>
  Object.entries((codec && fieldsOf(codec)?.fields) ?? {}).map(([name, field]) => ({
    name,
    in: 'query',
    required: field.required,
    schema: schemaOf(field.codec),
  }));

const parameter = (name: string) => ({ $ref: `#/components/parameters/${name}` });

const headerParameters = ({ method, serve, reads }: Route): readonly Json[] => [
  ...(serve.auth === 'bearer' && method !== 'GET' ? [parameter('IdempotencyKey')] : []),
  ...(reads === true ? [parameter('MinPosition')] : []),
];

const contentOf = (answer: Answer, contentType: string | undefined): Json | undefined => {
  if (answer === null) return undefined;
  const type = contentType ?? PLAIN_TEXT;
  if (answer === 'text')
    return { [type]: { schema: { type: type.startsWith(JSON_TYPE) ? 'object' : 'string' } } };
  if (answer === 'bytes') return { [contentType ?? '*/*']: {} };
  return { [JSON_TYPE]: { schema: schemaOf(answer, SCHEMA_NAMES) } };
};

const errorContent = (codes: readonly string[]): Json => ({
  [JSON_TYPE]: {
    schema: {
      type: 'object',
      properties: { error: { enum: codes } },
      required: ['error'],
    },
  },
});

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  206: 'The range that was asked for.',
  416: 'There is no such range.',
  400: 'The request is malformed or breaks a bound.',
  401: 'No valid access token, or wrong credentials.',
  403: 'Known, but not allowed.',
  404: 'There is nothing there, or nothing you may know of.',
  408: 'The request took too long.',
  409: 'Lost a race and may be repeated, or a quota is used up.',
  413: 'The body is too long.',
  415: 'The body is not of the type wanted.',
  422: 'The body has the wrong shape, or its Idempotency-Key was used for another request.',
  429: 'Too many requests; Retry-After says how many seconds to wait.',
  500: 'A fault of the server.',
  503: 'Not possible just now; Retry-After says how many seconds to wait.',
};

const responseHeaders = (status: number): Json => ({
  'x-request-id': { $ref: '#/components/headers/RequestId' },
  ...((status === 429 || status === 503) && {
    'retry-after': { $ref: '#/components/headers/RetryAfter' },
  }),
  ...(status < 300 && { 'filament-position': { $ref: '#/components/headers/Position' } }),
});

const responsesOf = (route: Route, { success, answers, errors }: DeclaredAnswers): Json => {
  const statuses = [...new Set([...answers.keys(), ...errors.keys()])].sort((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => {
      const codes = errors.get(status);
      const answer = answers.get(status);
      const content =
        codes === undefined ? contentOf(answer ?? null, route.contentType) : errorContent(codes);
      const isEither = codes !== undefined && answer !== undefined;
      // There are no words for 'this body or none'.
      const isSometimesEmpty = isEither && answer === null;
      return [
        String(status),
        {
          description: status === success ? route.summary : (DESCRIPTIONS[status] ?? 'An answer.'),
          headers: responseHeaders(status),
          ...(content !== undefined &&
            !isSometimesEmpty && {
              content: isEither ? withAlternative(content, answer) : content,
            }),
        },
      ];
    }),
  );
};

const withAlternative = (content: Json, answer: Answer): Json => {
  if (answer === null || typeof answer === 'string') return content;
  const error = (content[JSON_TYPE] as { readonly schema: JsonSchema }).schema;
  return { [JSON_TYPE]: { schema: { anyOf: [schemaOf(answer, SCHEMA_NAMES), error] } } };
};

const operationId = ({ method, url }: Route): string =>
  `${method.toLowerCase()}${documentedPath(url).replace(/[/{}._-]+/g, '_')}`.replace(/_$/, '');

const tagOf = (url: string): string => {
  const parts = url.split('/').filter((part) => part !== '' && !part.startsWith(':'));
  const [first = 'server', second] = parts;
  if (first === 'guilds')
    return second === 'channels' && parts[2] !== undefined ? parts[2] : (second ?? 'guilds');
  return ['auth', 'users', 'friends'].includes(first) ? first : 'server';
};

const operationOf = (route: Route): Json => {
  const { input, serve, summary, url } = route;
  const parameters = [
    ...Object.entries(input.params).map(pathParameter),
    ...queryParameters(input.query),
    ...headerParameters(route),
  ];
  return {
    operationId: operationId(route),
    tags: [tagOf(url)],
    summary,
    security: serve.auth === 'bearer' ? [{ bearer: [] }] : [],
    ...(parameters.length > 0 && { parameters }),
    ...(input.body !== null && {
      requestBody: {
        required: route.bodyOptional !== true,
        content: { [JSON_TYPE]: { schema: schemaOf(input.body, SCHEMA_NAMES) } },
      },
    }),
    ...(route.transfers === 'upload' && {
      requestBody: { required: true, content: { '*/*': {} } },
    }),
    responses: responsesOf(route, declaredAnswers(route)),
  };
};

const COMPONENTS = {
  securitySchemes: {
    bearer: { type: 'http', scheme: 'bearer', description: 'The access token of a session.' },
  },
  parameters: {
    IdempotencyKey: {
      name: 'idempotency-key',
      in: 'header',
      description: 'A repeat of the request with the same key gets the first answer.',
      schema: { type: 'string', pattern: '^[!-~]{1,128}$' },
    },
    MinPosition: {
      name: 'filament-min-position',
      in: 'header',
      description: 'Waits, bounded, until what was written at this position can be read.',
      schema: { type: 'string', pattern: '^([0-9]{20}|[0-9]{40})$' },
    },
  },
  headers: {
    RequestId: {
      description: 'The id of the request, for its log lines.',
      schema: { type: 'string' },
    },
    RetryAfter: { description: 'Seconds to wait.', schema: { type: 'integer' } },
    Position: {
      description: 'Where in the log the change stands; absent when nothing changed.',
      schema: { type: 'string' },
    },
  },
};

/** Describes these routes; throws when one has a codec that there are no words for. */
export const openApiDocument = (routes: readonly Route[]): Json => {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = (paths[documentedPath(route.url)] ??= {});
    path[route.method.toLowerCase()] = operationOf(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Filament',
      version: API_VERSION,
      description:
        'The HTTP interface. Clients ignore keys of answers that they do not know; requests with unknown keys are refused.',
    },
    servers: [{ url: '/' }],
    paths,
    components: { ...COMPONENTS, schemas: namedSchemas() },
  };
};
