// The shapes that the documents define once, by the names they have in application/contract.
import type * as t from 'io-ts';
import * as answers from '../../application/contract/answers.ts';
import * as friends from '../../application/contract/friend-answers.ts';
import * as moderation from '../../application/contract/moderation-answers.ts';
import * as markdown from '../../application/contract/markdown.ts';
import { type JsonSchema } from '../../domain/shared/described.ts';
import { definitionOf, type SchemaNames } from './json-schema.ts';

export const SCHEMA_NAMES: SchemaNames = new Map<t.Mixed, string>(
  [answers, friends, moderation, markdown].flatMap((contract) =>
    Object.entries(contract).map(([name, codec]) => [codec, name] as const),
  ),
);

/** Every named shape, for the `components` of a document. */
export const namedSchemas = (): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    [...SCHEMA_NAMES].map(([codec, name]) => [name, definitionOf(codec, SCHEMA_NAMES)]),
  );
