/** Which route a request means. Everything else, also a wrong method on a route's path, is a 404. */
type RoutePath = { readonly method: string; readonly template: string };

/** The first route that fits, and the decoded id of its path. */
export function findRoute<R extends RoutePath>(
  routes: readonly R[],
  method: string,
  path: string,
): { route: R; id: string } | undefined {
  for (const route of routes) {
    const prefix = route.template.replace("{id}", "");
    const rest = path.slice(prefix.length);
    const matches =
      prefix === route.template ? path === prefix : path.startsWith(prefix) && /^[^/]+$/.test(rest);
    if (route.method === method && matches) {
      const id = decoded(rest);
      return id === undefined ? undefined : { route, id };
    }
  }
  return undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
