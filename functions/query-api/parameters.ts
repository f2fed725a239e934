/** The parameters of a request, from its path and its query: valid values or a problem that names what is wrong. */
import * as z from "zod/mini";
import { MAX_ID_BYTES } from "../../shared/change-request/change-request.ts";
import { pointerOf } from "../../shared/definition/document/json-pointer.ts";
import type { DefinitionKey } from "../../shared/definition/mirror/mirror.ts";
import type { Connection } from "../../shared/platform/config.ts";
import { parseInstant } from "../../shared/platform/instant.ts";
import type { ApiContext, ApiDependencies } from "./api.ts";
import { textOfSegment } from "./path-segment.ts";
import { invalidParameter, Problem } from "./problem.ts";

export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 200;

/** A number of at most nine digits, as text. */
const count = z.pipe(
  z.string().check(z.regex(/^(0|[1-9]\d{0,8})$/, "must be a whole number")),
  z.transform(Number),
);

export const limit = z.optional(
  z.pipe(count, z.number().check(z.gte(1, limitRange()), z.lte(MAX_LIMIT, limitRange()))),
);
export const cursor = z.optional(z.string());
/** For a resource without parameters. */
export const noQuery = z.strictObject({});
export const versionNumber = z.pipe(count, z.number().check(z.gte(1, "must be 1 or more")));
export const filterText = z.string().check(
  z.minLength(1, "must not be empty"),
  z.refine((id) => Buffer.byteLength(id) <= MAX_ID_BYTES, `must have at most ${MAX_ID_BYTES} bytes`),
);
/** An id or a scope in a body. */
export const bodyText = filterText.check(
  z.refine((text) => text.isWellFormed(), "contains half of a character (a lone surrogate)"),
);
export const yesOrNo = z.pipe(
  z.enum(["true", "false"], 'must be "true" or "false"'),
  z.transform((text) => text === "true"),
);

/** RFC 3339 with a time zone → epoch ms. */
export const instant = z.pipe(
  z
    .string()
    .check(
      z.refine(
        (text) => parseInstant(text) !== undefined,
        "must be an RFC 3339 instant such as 2026-11-21T10:00:00Z (a + in a query is written %2B)",
      ),
    ),
  z.transform((text) => parseInstant(text) ?? Number.NaN),
);

function limitRange(): string {
  return `must be between 1 and ${MAX_LIMIT}`;
}

/** The query as the schema reads it. Unknown and repeated parameters are refused: a typo must not become a no-op. */
export function queryOf<Schema extends z.ZodMiniType>(context: ApiContext, schema: Schema): z.output<Schema> {
  const parameters = [...new URL(context.req.url).searchParams];
  const names = parameters.map(([name]) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw invalidParameter(shown(repeated), "stands there more than once");
  const parsed = schema.safeParse(Object.fromEntries(parameters));
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((name) => ({ pointer: pointerOf([shown(name)]), message: "is not a parameter here" }))
      : [
          {
            pointer: pointerOf(issue.path as string[]),
            message: isMissing(issue) ? "is required" : issue.message,
          },
        ],
  );
  const [first] = errors;
  throw new Problem("invalid-request", `The query parameter ${first?.pointer.slice(1)} ${first?.message}`, {
    errors,
  });
}

/** A parameter of the path. */
export function pathParameter(context: ApiContext, name: string): string {
  const text = textOfSegment(context.req.param(name) ?? "");
  if (text === undefined) throw invalidParameter(name, 'is not base64url after "b64."');
  return text;
}

/** The connection that the path names. */
export function connectionOfPath(context: ApiContext, { connections }: ApiDependencies): Connection {
  const connection = connections.find(({ id }) => id === pathParameter(context, "connection"));
  if (connection === undefined) {
    throw new Problem("unknown-connection", "The deployment has no connection with this id");
  }
  return connection;
}

/** The definition that the path names; whether it exists is another question. */
export function definitionOfPath(context: ApiContext, dependencies: ApiDependencies): DefinitionKey {
  const { id: connection } = connectionOfPath(context, dependencies);
  const definitionId = pathParameter(context, "definitionId");
  if (Buffer.byteLength(definitionId) > MAX_ID_BYTES) {
    throw new Problem("unknown-definition", `No id has more than ${MAX_ID_BYTES} bytes`);
  }
  return { connection, definitionId };
}

/** The connection that the query names; it may be left out where there is only one. */
export function connectionOfQuery(
  id: string | undefined,
  { connections }: Pick<ApiDependencies, "connections">,
): Connection {
  const [first, ...others] = connections;
  const connection =
    id === undefined && others.length === 0 ? first : connections.find((one) => one.id === id);
  if (connection !== undefined) return connection;
  throw invalidParameter("connection", id === undefined ? "is required: there are several" : "is not known");
}

function isMissing(issue: { readonly code?: string; readonly input?: unknown }): boolean {
  return issue.code === "invalid_type" && issue.input === undefined;
}

/** The name of a parameter is the caller's text: enough of it to find the typo. */
function shown(name: string): string {
  return name.slice(0, 64);
}
