// Answers 405 with `Allow` at paths that routes serve with other methods, HEAD counting as GET. Looked up by path only where
// no route answers: a route for each of the thirty other methods took as long to add as a start has for all else.
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Route } from './route.ts';

type Served = Pick<Route, 'method' | 'url'>;
type Path = { readonly url: string; readonly matches: RegExp; readonly allow: string };

const PARAM = /:[A-Za-z]\w*/g;
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
const patternOf = (url: string) => new RegExp(`^${url.split(PARAM).map(escaped).join('[^/]*')}$`);

const pathsOf = (routes: readonly Served[]): readonly Path[] => {
  const methods = new Map<string, Set<string>>();
  for (const { url, method } of routes)
    methods.set(url, (methods.get(url) ?? new Set<string>()).add(method));
  return [...methods].map(([url, of]) => ({
    url,
    matches: patternOf(url),
    allow: [...of].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(','),
  }));
};

const refuse = (reply: FastifyReply, allow: string) =>
  void reply.code(405).header('allow', allow).send();

const pathOf = ({ url }: FastifyRequest): string => {
  const path = url.split(/[?#]/, 1)[0] ?? '/';
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
};

/** To be called after all routes are added, and all hooks that come before. */
export const refuseOtherMethods = (
  app: FastifyInstance,
  routes: readonly Served[],
  readable: readonly string[],
): void => {
  const paths = pathsOf(routes);
  // A path that stands for itself, but that a route with a parameter would answer: it needs routes of its own.
  for (const { url, allow } of paths) {
    if (!paths.some((other) => other.url !== url && other.matches.test(url))) continue;
    const own = new Set(allow.split(','));
    app.route({
      method: readable.filter((method) => !own.has(method)),
      url,
      exposeHeadRoute: false,
      // Before the body is read: nobody wants it.
      onRequest: (_request, reply) => refuse(reply, allow),
      handler: () => undefined,
    });
  }
  app.addHook('onRequest', (request, reply, done) => {
    const asked = request.is404 ? pathOf(request) : null;
    const path = asked === null ? undefined : paths.find(({ matches }) => matches.test(asked));
    if (path === undefined) done();
    else refuse(reply, path.allow);
  });
};
