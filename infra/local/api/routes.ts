/**
 * Chooses the route of a request as an HTTP API does. The developer guide says ("Routing API requests"): a full
 * match of path and method first, then a match with a greedy path variable, then `$default`.
 */
import { TemplateError } from "../template/template.ts";

/** Any object with a route key like `GET /connections/{c}`, `ANY /{proxy+}` or `$default`. */
export type Routed = { readonly routeKey: string };

export type RouteMatch<R extends Routed> = {
  readonly route: R;
  readonly pathParameters: Readonly<Record<string, string>>;
};

/** @param path decoded, starting with `/` */
export function matchRoute<R extends Routed>(
  routes: readonly R[],
  method: string,
  path: string,
): RouteMatch<R> | undefined {
  const matches = routes
    .map((route) => ({ route, ...matchOne(route.routeKey, method, path) }))
    .filter((match) => match.pathParameters !== undefined)
    .toSorted((a, b) => ((a.rank ?? "") < (b.rank ?? "") ? -1 : 1));
  const best = matches[0];
  return best && { route: best.route, pathParameters: best.pathParameters ?? {} };
}

/** A lower rank is a better match: fixed segments before variables before the rest, methods before ANY. */
function matchOne(
  routeKey: string,
  method: string,
  path: string,
): { rank?: string; pathParameters?: Record<string, string> } {
  if (routeKey === "$default") return { rank: "z", pathParameters: {} };
  const [routeMethod, routePath] = routeKey.split(" ");
  if (routeMethod === undefined || routePath === undefined)
    throw new TemplateError(`no route key: ${routeKey}`);
  if (routeMethod !== method && routeMethod !== "ANY") return {};

  const pattern = routePath.split("/").slice(1);
  const segments = path.split("/").slice(1);
  const pathParameters: Record<string, string> = {};
  let rank = "";
  for (const [position, expected] of pattern.entries()) {
    const variable = /^\{(.+?)(\+?)\}$/.exec(expected);
    const segment = segments[position];
    if (variable?.[2] === "+") {
      const rest = segments.slice(position).join("/");
      if (rest === "") return {};
      pathParameters[variable[1] ?? ""] = rest;
      return { rank: `${rank}y${routeMethod === "ANY" ? 1 : 0}`, pathParameters };
    }
    if (segment === undefined) return {};
    if (variable !== null) {
      if (segment === "") return {};
      pathParameters[variable[1] ?? ""] = segment;
      rank += "b";
    } else {
      if (segment !== expected) return {};
      rank += "a";
    }
  }
  if (segments.length !== pattern.length) return {};
  return { rank: `${rank}${routeMethod === "ANY" ? 1 : 0}`, pathParameters };
}
