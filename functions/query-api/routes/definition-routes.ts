/** Definitions: lists of mirrors, and one with its document, now or at an instant. */
import * as z from "zod/mini";
import type { StoredVersion } from "../../../shared/definition/history/verify-history.ts";
import { MissingVersionError, versionAt } from "../../../shared/definition/history/version-at.ts";
import type { Mirror } from "../../../shared/definition/mirror/mirror.ts";
import { parseJson } from "../../../shared/platform/json.ts";
import { firstSeenKey } from "../../../shared/platform/table-keys.ts";
import type { ApiContext, ApiDependencies, Route } from "../api.ts";
import { cursorOf, positionOf } from "../cursor.ts";
import { mirrorView, pastView } from "../definition-view.ts";
import { etagOf, namesVersion } from "../entity-tag.ts";
import { jsonResponse } from "../json-response.ts";
import { listResponse } from "../list-response.ts";
import {
  connectionOfPath,
  cursor,
  DEFAULT_LIMIT,
  definitionOfPath,
  filterText,
  instant,
  limit,
  queryOf,
  yesOrNo,
} from "../parameters.ts";
import { invalidParameter, Problem } from "../problem.ts";
import { damaged, intact } from "../version-view.ts";

const listQuery = z.strictObject({
  limit,
  cursor,
  scope: z.optional(filterText),
  /** Part of the name, whatever the case of its letters. */
  name: z.optional(filterText),
  /** `true` lists deleted definitions as well. */
  deleted: z.optional(yesOrNo),
});
const oneQuery = z.strictObject({ asOf: z.optional(instant), knownAt: z.optional(instant) });
const LIST = "definitions";

export function definitionRoutes(dependencies: ApiDependencies): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/connections/:connection/definitions",
      role: "reader",
      answer: (context) => list(context, dependencies),
    },
    {
      method: "GET",
      path: "/connections/:connection/definitions/:definitionId",
      role: "reader",
      answer: (context) => one(context, dependencies),
    },
  ];
}

async function list(context: ApiContext, dependencies: ApiDependencies): Promise<Response> {
  const { id: connection } = connectionOfPath(context, dependencies);
  const { scope, name, deleted, ...page } = queryOf(context, listQuery);
  const { mirrors, next } = await dependencies.mirrorLists.list(
    { connection, ...(scope !== undefined && { scope }) },
    { ...(name !== undefined && { name }), withDeleted: deleted ?? false },
    positionOf(LIST, page.cursor, filterText),
    page.limit ?? DEFAULT_LIMIT,
  );
  return listResponse({
    items: mirrors,
    view: mirrorView,
    cursorAfter: ({ firstSeenAt, definitionId }) => cursorOf(LIST, firstSeenKey(firstSeenAt, definitionId)),
    hasMore: next !== undefined,
  });
}

async function one(context: ApiContext, dependencies: ApiDependencies): Promise<Response> {
  const key = definitionOfPath(context, dependencies);
  const instants = queryOf(context, oneQuery);
  for (const name of ["asOf", "knownAt"] as const) {
    if ((instants[name] ?? 0) > dependencies.clock.now()) throw invalidParameter(name, "lies in the future");
  }
  const mirror = await dependencies.mirrors.mirror(key);
  if (mirror === undefined) {
    throw new Problem("unknown-definition", "The connection has no definition with this id");
  }
  const isPast = instants.asOf !== undefined || instants.knownAt !== undefined;
  return isPast
    ? await past(context, dependencies, mirror, instants)
    : await present(context, dependencies, mirror);
}

async function present(context: ApiContext, { history }: ApiDependencies, mirror: Mirror): Promise<Response> {
  const headers = { etag: etagOf(mirror.version) };
  if (namesVersion(context.req.header("if-none-match"), mirror.version)) {
    return new Response(null, { status: 304, headers });
  }
  const head = await history.version(mirror, mirror.version);
  if (head === undefined) throw damaged(`version ${mirror.version} is missing`);
  return jsonResponse({ ...mirrorView(mirror), document: documentOf(head) }, { headers });
}

async function past(
  context: ApiContext,
  { history }: ApiDependencies,
  mirror: Mirror,
  { asOf, knownAt }: z.output<typeof oneQuery>,
): Promise<Response> {
  const found = await versionAt(history, mirror, {
    ...(asOf !== undefined && { asOf }),
    ...(knownAt !== undefined && { knownAt }),
  }).catch((error: unknown) => {
    throw error instanceof MissingVersionError ? damaged(`version ${error.version} is missing`) : error;
  });
  if (!found.known) {
    throw new Problem("not-known-yet", "At this instant nothing was recorded of the definition");
  }
  const { record } = found.stored;
  const headers = { etag: etagOf(record.version) };
  if (namesVersion(context.req.header("if-none-match"), record.version)) {
    return new Response(null, { status: 304, headers });
  }
  return jsonResponse(
    { ...pastView(record, mirror, found.uncertain), document: documentOf(found.stored) },
    { headers },
  );
}

function documentOf({ record, documentText }: StoredVersion) {
  return parseJson(intact(record, documentText));
}
