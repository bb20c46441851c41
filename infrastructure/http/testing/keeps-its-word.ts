// Holds running routes to their declarations: an answer that the documents at `/docs` do not tell of is a failed request.
import { isDeepStrictEqual } from 'node:util';
import { isLeft, map } from 'fp-ts/lib/Either.js';
import { type Identity } from '../../../application/session/authentication.ts';
import { declaredAnswers } from '../declared-answers.ts';
import { answerOf } from '../failure-answer.ts';
import { type Circumstances, type Outcome, type RawInput, type Route } from '../route.ts';

const broken = ({ method, url }: Route, what: string): never => {
  throw new Error(`${method} ${url} answered what it does not declare: ${what}`);
};

const asSent = (answer: unknown): unknown =>
  answer === undefined ? undefined : JSON.parse(JSON.stringify(answer));

const checkSuccess = (route: Route, status: number, answer: unknown, isFile: boolean): void => {
  const declared = declaredAnswers(route).answers.get(status);
  if (declared === undefined) broken(route, `status ${status}`);
  else if (declared === null) {
    if (status !== 204 && answer !== undefined) broken(route, `a body with ${status}`);
  } else if (isFile) {
    if (declared !== 'bytes') broken(route, 'a file');
  } else if (declared === 'text' || declared === 'bytes') {
    if (typeof answer !== 'string' && !Buffer.isBuffer(answer)) broken(route, `a ${typeof answer}`);
  } else {
    const sent = asSent(answer);
    const decoded = declared.decode(sent);
    // A strict codec strips what it does not know, so that too much shows as a difference.
    if (isLeft(decoded) || !isDeepStrictEqual(declared.encode(decoded.right), sent))
      broken(route, JSON.stringify(sent));
  }
};

const check = (route: Route, outcome: Outcome): void => {
  if (isLeft(outcome)) {
    const { status, body } = answerOf(outcome.left);
    const { error } = JSON.parse(body) as { readonly error: string };
    if (declaredAnswers(route).errors.get(status)?.includes(error) !== true)
      broken(route, `${status} ${error}`);
    return;
  }
  const { file, answer } = outcome.right;
  const sent = file === undefined ? answer : (file.bytes ?? undefined);
  checkSuccess(route, outcome.right.status ?? route.status ?? 200, sent, file !== undefined);
};

type Work<Who> = (circumstances: Circumstances<Who>) => Promise<Outcome>;

const checking =
  <Who>(route: Route) =>
  (work: Work<Who>): Work<Who> =>
  async (circumstances) => {
    const outcome = await work(circumstances);
    check(route, outcome);
    return outcome;
  };

/** The route, but one that throws when it gives an answer it did not declare. */
export const keepingItsWord = (route: Route): Route => {
  const { serve } = route;
  if (serve.auth === 'bearer') {
    const prepare = (raw: RawInput) => map(checking<Identity>(route))(serve.prepare(raw));
    return { ...route, serve: { auth: 'bearer', prepare } };
  }
  const prepare = (raw: RawInput) => map(checking<null>(route))(serve.prepare(raw));
  return { ...route, serve: { auth: 'none', prepare } };
};
