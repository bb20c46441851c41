// A route as data: what it takes, whom it serves, what it does. The adapter (serve-route.ts) does everything else, so no
// route can forget to authenticate, limit or bound. A route holds no rule of the domain.
import { isLeft, left, map, right, type Either } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { type CommandContext } from '../../application/event-store/event-store.ts';
import { INVALID, NOT_FOUND, type Failure } from '../../application/failure.ts';
import { type Done } from '../../application/ports.ts';
import { type Identity } from '../../application/session/authentication.ts';
import { type SessionId } from '../../domain/shared/ids.ts';
import { type ErrorCode } from './error-codes.ts';
import { type ByteAnswer, type Transfer } from './transfer.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a handler gives back; `status` replaces the route's own, `writer` is the session that now reads what it wrote. */
export type Reply = Done<unknown> & {
  readonly status?: number;
  readonly writer?: SessionId;
  readonly file?: ByteAnswer; // In place of `answer`
};
export type Outcome = Either<Failure, Reply>;

/** An answer that changed nothing. */
export const answered = (answer: unknown): Outcome => right({ answer, position: null });

/** The outcome of a query. */
export const changedNothing = (outcome: Either<Failure, unknown>): Outcome =>
  map((answer: unknown): Reply => ({ answer, position: null }))(outcome);

/** What every handler gets besides its decoded input. */
export type Circumstances<Who> = {
  readonly identity: Who;
  readonly context: CommandContext;
  readonly clientAddress: string | null; // Null when the peer is unknown
  readonly idempotencyKey: string | null; // 1..128 visible ASCII
  readonly transfer: Transfer | null; // Only for routes that say they transfer
};

export type RouteRequest<Params, Query, Body, Who> = Circumstances<Who> & {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
};

/**
 * How one path segment is read, and what a malformed one means: `unknown` (ids compared as text: 404, after
 * authentication), `invalid` (parsed ids: 400 invalid_request, after authentication) or `refused` (typed segments: 400
 * before it).
 */
export type PathParam<Value> = {
  readonly codec: t.Type<Value, unknown>;
  readonly malformed: 'unknown' | 'invalid' | 'refused';
};

/** The codec of an answer; null for none, `text` and `bytes` for what is no JSON (see `contentType`). */
export type Answer = t.Mixed | 'text' | 'bytes' | null;

/** What a route says of itself to people and programs: the documents at `/docs` are made of nothing else. */
type Declaration = {
  readonly summary: string; // What it does, one sentence
  readonly answer: Answer; // Of success
  /** Codes of its handler's failures; what the adapter answers by itself is known (declared-answers.ts). */
  readonly failures: readonly ErrorCode[];
  /** Answers of other statuses that are no error body. */
  readonly otherAnswers?: Readonly<Record<number, Answer>>;
};

type ParamsOf<Params> = { readonly [Name in keyof Params]: PathParam<Params[Name]> };

type Shape<Params, Query, Body> = Declaration & {
  readonly method: Method;
  readonly url: string; // As find-my-way writes it: `/guilds/:guildId`
  readonly params?: ParamsOf<Params>;
  readonly query?: t.Type<Query, unknown>; // Of strings; a refusal is 400
  readonly body?: t.Type<Body, unknown>; // Use `closed()`; a refusal is 422
  readonly bodyOptional?: boolean; // No body at all is an empty object
  readonly status?: number; // Of success, 200 unless said; 204 sends no body
  readonly contentType?: string; // For an answer that is text, not JSON
  readonly headers?: Readonly<Record<string, string>>; // Of success, instead of what every answer has
  readonly limit?: string; // Name of a limiter per address, asked before the handler
  readonly guardsAddress?: boolean; // Closed to addresses that the guild of the path bars (`guildId`)
  /** Bytes come in or go out: a body is then not read as JSON, and an upload may take longer than other requests. */
  readonly transfers?: 'upload' | 'download';
  readonly reads?: boolean; // Waits for what its session wrote; GET does without being told
  readonly nulAllowed?: boolean; // Else a NUL in any string of the body is 400
};

export type RouteDefinition<Params, Query, Body> = Shape<Params, Query, Body> &
  (
    | {
        readonly auth: 'bearer';
        readonly handle: (request: RouteRequest<Params, Query, Body, Identity>) => Promise<Outcome>;
      }
    | {
        readonly auth: 'none';
        readonly handle: (request: RouteRequest<Params, Query, Body, null>) => Promise<Outcome>;
      }
  );

/** Parsed but undecoded input of a request. */
export type RawInput = {
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: unknown;
  readonly body: unknown;
};

/** Why the input was refused before anyone asked who sent it: the status of base contract 1.3. */
export type Refused = { readonly status: 400 | 422 };

type Prepared<Who> = Either<Refused, (circumstances: Circumstances<Who>) => Promise<Outcome>>;

/** A route with its input types closed over, as the adapter holds it. */
export type Route = Omit<Shape<unknown, unknown, unknown>, 'params' | 'query' | 'body'> & {
  readonly takesBody: boolean;
  readonly otherAnswers: Readonly<Record<number, Answer>>;
  /** The codecs of the input, for those who describe it. */
  readonly input: {
    readonly params: Readonly<Record<string, PathParam<unknown>>>;
    readonly query: t.Mixed | null;
    readonly body: t.Mixed | null;
  };
  readonly serve:
    | { readonly auth: 'bearer'; readonly prepare: (raw: RawInput) => Prepared<Identity> }
    | { readonly auth: 'none'; readonly prepare: (raw: RawInput) => Prepared<null> };
};

type Input<Params, Query, Body> = {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
};

const decodeParams = <Params>(
  params: ParamsOf<Params> | undefined,
  raw: RawInput['params'],
): Either<Refused | Failure, Params> => {
  const decoded: Partial<Params> = {};
  for (const name in params) {
    const { codec, malformed } = params[name];
    const outcome = codec.decode(raw[name]);
    if (isLeft(outcome))
      return left(
        malformed === 'refused' ? { status: 400 } : malformed === 'unknown' ? NOT_FOUND : INVALID,
      );
    decoded[name] = outcome.right;
  }
  return right(decoded as Params); // Each name of `params` was just set.
};

const decodeInput = <Params, Query, Body>(
  shape: Shape<Params, Query, Body>,
  raw: RawInput,
): Either<Refused, Either<Failure, Input<Params, Query, Body>>> => {
  const { query: queryCodec, body: bodyCodec } = shape;
  const params = decodeParams(shape.params, raw.params);
  if (isLeft(params) && 'status' in params.left) return left(params.left);
  const query = queryCodec?.decode(raw.query);
  if (query && isLeft(query)) return left({ status: 400 });
  const body = bodyCodec?.decode(raw.body);
  if (body && isLeft(body)) return left({ status: 422 });
  if (isLeft(params)) return right(left(params.left as Failure));
  return right(
    right({
      params: params.right,
      // A shape without a codec has no such input: its type is undefined.
      query: query?.right as Query,
      body: body?.right as Body,
    }),
  );
};

const prepareWith =
  <Params, Query, Body, Who>(
    shape: Shape<Params, Query, Body>,
    handle: (request: RouteRequest<Params, Query, Body, Who>) => Promise<Outcome>,
  ) =>
  (raw: RawInput): Prepared<Who> => {
    const decoded = decodeInput(shape, raw);
    if (isLeft(decoded)) return decoded;
    const input = decoded.right;
    return right((circumstances) =>
      isLeft(input) ? Promise.resolve(input) : handle({ ...circumstances, ...input.right }),
    );
  };

/** Defines a route; its handler's input types follow from the codecs. */
export const route = <Params = undefined, Query = undefined, Body = undefined>(
  definition: RouteDefinition<Params, Query, Body>,
): Route => {
  const { method, url, status, contentType, limit, reads, nulAllowed, body } = definition;
  const { guardsAddress, transfers, bodyOptional } = definition;
  const { summary, answer, failures, otherAnswers = {}, headers } = definition;
  return {
    method,
    url,
    summary,
    answer,
    failures,
    otherAnswers,
    ...(status !== undefined && { status }),
    ...(contentType !== undefined && { contentType }),
    ...(headers !== undefined && { headers }),
    ...(limit !== undefined && { limit }),
    ...(guardsAddress !== undefined && { guardsAddress }),
    ...(transfers !== undefined && { transfers }),
    reads: reads ?? method === 'GET',
    ...(nulAllowed !== undefined && { nulAllowed }),
    ...(bodyOptional !== undefined && { bodyOptional }),
    takesBody: body !== undefined,
    input: {
      params: { ...definition.params },
      query: definition.query ?? null,
      body: body ?? null,
    },
    serve:
      definition.auth === 'bearer'
        ? { auth: 'bearer', prepare: prepareWith(definition, definition.handle) }
        : { auth: 'none', prepare: prepareWith(definition, definition.handle) },
  };
};

/** The name under which a position of the log is sent and asked for. */
export const POSITION_HEADER = 'filament-position';
export const MIN_POSITION_HEADER = 'filament-min-position';
