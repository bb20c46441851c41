// Every answer that a route may give, as its declaration says it: what the handler declares and what the adapter adds by
// itself. The documents of the interface are made of this, and tests hold running routes to it.
import { statusOfCode, type ErrorCode } from './error-codes.ts';
import { type Answer, type Route } from './route.ts';

export type DeclaredAnswers = {
  readonly success: number;
  /** Answers that are no error body, by status. */
  readonly answers: ReadonlyMap<number, Answer>;
  /** Codes of error bodies, by status. */
  readonly errors: ReadonlyMap<number, readonly string[]>;
};

// What the adapter refuses before and around a handler; see serve-route.ts, before-routes.ts and edges.ts.
const byTheAdapter = (route: Route): readonly (readonly [number, ErrorCode])[] => {
  const { input, serve, method } = route;
  const params = Object.values(input.params);
  const codes: (readonly [number, ErrorCode])[] = [
    [400, 'invalid_request'],
    [429, 'rate_limited'],
    [500, 'internal_error'],
    [503, 'unavailable'],
  ];
  if (serve.auth === 'bearer') codes.push([401, 'invalid_credentials']);
  if (route.guardsAddress === true) codes.push([403, 'forbidden']);
  if (params.some(({ malformed }) => malformed === 'unknown')) codes.push([404, 'not_found']);
  if (method === 'GET') return codes;
  codes.push([413, 'payload_too_large'], [415, 'unsupported_media_type']);
  if (input.body !== null) codes.push([422, 'invalid_request']);
  if (serve.auth === 'bearer') codes.push([409, 'conflict'], [422, 'idempotency_key_reused']);
  return codes;
};

/** What a route may answer. */
export const declaredAnswers = (route: Route): DeclaredAnswers => {
  const success = route.status ?? 200;
  const errors = new Map<number, string[]>();
  for (const [status, code] of [
    ...byTheAdapter(route),
    ...route.failures.map((code) => [statusOfCode(code), code] as const),
  ]) {
    const codes = errors.get(status) ?? [];
    if (!codes.includes(code)) codes.push(code);
    errors.set(status, codes);
  }
  return {
    success,
    answers: new Map<number, Answer>([
      [success, route.answer],
      [408, null],
      ...Object.entries(route.otherAnswers).map(
        ([status, answer]) => [Number(status), answer] as const,
      ),
    ]),
    errors,
  };
};
