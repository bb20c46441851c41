import { formatRoute, parseRoute, type Route } from './route.ts';

/** The address bar as state. `go` makes a step to come back to, `replace` doesn't. */
export const createRouter = (target: Window) => {
  let route = $state.raw<Route>(parseRoute(target.location.hash));
  const follow = () => {
    route = parseRoute(target.location.hash);
  };
  target.addEventListener('hashchange', follow);
  return {
    get route() {
      return route;
    },
    go: (next: Route) => {
      const fragment = formatRoute(next);
      if (fragment === target.location.hash) follow();
      else target.location.hash = fragment;
    },
    replace: (next: Route) => {
      target.history.replaceState(null, '', formatRoute(next));
      follow();
    },
  };
};

export type Router = ReturnType<typeof createRouter>;
