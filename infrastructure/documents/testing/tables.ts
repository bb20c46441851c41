// The tables of docs/API.md, docs/GATEWAY_EVENTS.md and docs/PROTOCOL.md, made of the same declarations as the documents.
import { ERROR_MEANINGS } from './error-meanings.ts';
import { declaredAnswers } from '../../http/declared-answers.ts';
import { statusOfCode } from '../../http/error-codes.ts';
import { type Route } from '../../http/route.ts';
import { CLIENT_FRAMES, SERVER_FRAMES } from '../asyncapi.ts';
import { frameOrigin, frameScope, frameSummary } from '../frame-notes.ts';
import { fieldsOf } from '../json-schema.ts';
import { documentedPath } from '../openapi.ts';
import { answerText, shapeOf, shapeText } from '../page.ts';
import { namedSchemas } from '../schema-names.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|');
const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows.map((row) => row.map(cell))]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
const quoted = (text: string): string => (text === '' ? '' : `\`${text}\``);

const requestText = ({ input }: Route): string => {
  const query = Object.entries((input.query && fieldsOf(input.query)?.fields) ?? {}).map(
    ([name, { required, codec }]) => `${name}${required ? '' : '?'}: ${shapeOf(codec)}`,
  );
  return [
    ...(query.length === 0 ? [] : [`query ${quoted(query.join(', '))}`]),
    ...(input.body === null ? [] : [quoted(shapeOf(input.body))]),
  ].join(', ');
};

// What every route of its kind may answer is told once, in prose.
const ownErrors = (route: Route): string =>
  [...declaredAnswers(route).errors]
    .flatMap(([status, codes]) => codes.map((code) => [status, code] as const))
    .filter(([, code]) => route.failures.some((own) => own === code))
    .sort(([a], [b]) => a - b)
    .map(([status, code]) => `${status} \`${code}\``)
    .join(', ');

export const routeTable = (routes: readonly Route[]): string =>
  table(
    ['route', 'token', 'what it does', 'request', 'answer', 'its own errors'],
    routes.map((route) => [
      `${route.method} \`${documentedPath(route.url)}\``,
      route.serve.auth === 'bearer' ? 'yes' : '',
      route.summary,
      requestText(route),
      `${declaredAnswers(route).success} ${route.answer === null ? '' : quoted(answerText(route.answer))}`.trim(),
      ownErrors(route),
    ]),
  );

export const shapeTable = (): string =>
  table(
    ['shape', 'fields'],
    Object.entries(namedSchemas()).map(([name, schema]) => [name, quoted(shapeText(schema))]),
  );

export const errorTable = (): string =>
  table(
    ['code', 'status', 'meaning'],
    ERROR_MEANINGS.map(([code, meaning]) => [`\`${code}\``, String(statusOfCode(code)), meaning]),
  );

export const serverFrameTable = (): string =>
  table(
    ['t', 'heard by', 'when', 'd'],
    SERVER_FRAMES.map(({ name, data }) => [
      `\`${name}\`${frameOrigin(name) === 'ours' ? ' *' : ''}`,
      frameScope(name),
      frameSummary(name),
      quoted(shapeOf(data)),
    ]),
  );

export const clientFrameTable = (): string =>
  table(
    ['t', 'what it does', 'd'],
    CLIENT_FRAMES.map(({ name, summary, data }) => [`\`${name}\``, summary, quoted(shapeOf(data))]),
  );
