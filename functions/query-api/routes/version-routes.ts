/** The history of a definition: its versions, the difference of two, and whether all of it holds together. */
import * as z from "zod/mini";
import { diff } from "../../../shared/definition/document/diff.ts";
import { recordedContentOf } from "../../../shared/definition/history/recorded-content.ts";
import { verifyDefinition } from "../../../shared/definition/history/verify-definition.ts";
import type { StoredVersion } from "../../../shared/definition/history/verify-history.ts";
import type { VersionRecord } from "../../../shared/definition/history/version.ts";
import type { DefinitionKey } from "../../../shared/definition/mirror/mirror.ts";
import { parseJson } from "../../../shared/platform/json.ts";
import type { ApiContext, ApiDependencies, Route } from "../api.ts";
import { cursorOf, positionOf } from "../cursor.ts";
import { jsonResponse } from "../json-response.ts";
import { listResponse, MAX_PAGE_BYTES } from "../list-response.ts";
import {
  connectionOfPath,
  cursor,
  DEFAULT_LIMIT,
  definitionOfPath,
  limit,
  pathParameter,
  queryOf,
  versionNumber,
} from "../parameters.ts";
import { Problem } from "../problem.ts";
import { intact, versionView } from "../version-view.ts";

const listQuery = z.strictObject({ limit, cursor });
const diffQuery = z.strictObject({ from: versionNumber, to: versionNumber });
const verifyQuery = z.strictObject({ from: z.optional(versionNumber) });
const LIST = "versions";

/** Versions are read in small steps, because their patches may be large. */
const READ_STEP = 25;

export function versionRoutes(dependencies: ApiDependencies): readonly Route[] {
  const definition = "/connections/:connection/definitions/:definitionId";
  const get = (path: string, answer: typeof list): Route => ({
    method: "GET",
    path: `${definition}${path}`,
    role: "reader",
    answer: (context) => answer(context, dependencies),
  });
  return [
    get("/versions", list),
    get("/versions/:version", one),
    get("/diff", difference),
    get("/verify", verify),
  ];
}

async function list(context: ApiContext, dependencies: ApiDependencies): Promise<Response> {
  const key = definitionOfPath(context, dependencies);
  const { cursor: given, limit: most = DEFAULT_LIMIT } = queryOf(context, listQuery);
  const before = positionOf(LIST, given, z.int().check(z.gte(1)));

  // Newest first and below the cursor: versions that are added meanwhile never shift a page.
  const items: { record: VersionRecord; patchText: string | undefined }[] = [];
  let bytes = 0;
  let isEnd = false;
  while (!isEnd && items.length < most && bytes <= MAX_PAGE_BYTES) {
    const step = Math.min(READ_STEP, most - items.length);
    const read = await dependencies.history.versionsBefore(key, items.at(-1)?.record.version ?? before, step);
    items.push(...read);
    bytes += read.reduce((sum, { patchText }) => sum + (patchText?.length ?? 0), 0);
    isEnd = read.length < step;
  }
  if (items.length === 0 && before === undefined) throw unknownDefinition();
  return listResponse({
    items,
    view: ({ record, patchText }) => versionView(record, patchText),
    cursorAfter: ({ record }) => cursorOf(LIST, record.version),
    hasMore: !isEnd && (items.at(-1)?.record.version ?? 1) > 1,
  });
}

async function one(context: ApiContext, dependencies: ApiDependencies): Promise<Response> {
  const key = definitionOfPath(context, dependencies);
  queryOf(context, z.strictObject({}));
  const number = versionNumber.safeParse(pathParameter(context, "version"));
  if (!number.success) throw unknownVersion();
  const stored = await versionOf(dependencies, key, number.data);
  return jsonResponse({
    ...versionView(stored.record, stored.patchText),
    document: parseJson(intact(stored.record, stored.documentText)),
  });
}

async function difference(context: ApiContext, dependencies: ApiDependencies): Promise<Response> {
  const key = definitionOfPath(context, dependencies);
  const { from, to } = queryOf(context, diffQuery);
  const [older, newer] = await Promise.all([
    versionOf(dependencies, key, from),
    versionOf(dependencies, key, to),
  ]);
  // One view of what counts as content for both, the later version's: as in the patch that it was recorded with.
  const { ignored = [] } = (from > to ? older : newer).record;
  const contentOf = recordedContentOf(connectionOfPath(context, dependencies));
  const content = ({ record, documentText }: StoredVersion) =>
    contentOf(parseJson(intact(record, documentText)), ignored);
  return jsonResponse({ from, to, patch: diff(content(older), content(newer)) });
}

async function verify(context: ApiContext, dependencies: ApiDependencies): Promise<Response> {
  const key = definitionOfPath(context, dependencies);
  const { from = 1 } = queryOf(context, verifyQuery);
  const contentOf = recordedContentOf(connectionOfPath(context, dependencies));
  const verification = await verifyDefinition({ ...dependencies, contentOf }, key, from);
  if (verification === undefined) throw from === 1 ? unknownDefinition() : unknownVersion();
  return jsonResponse(verification);
}

async function versionOf(
  { history }: ApiDependencies,
  key: DefinitionKey,
  version: number,
): Promise<StoredVersion> {
  const stored = await history.version(key, version);
  if (stored === undefined) throw unknownVersion();
  return stored;
}

function unknownDefinition(): Problem {
  return new Problem("unknown-definition", "The connection has no definition with this id");
}

function unknownVersion(): Problem {
  return new Problem("unknown-version", "The definition has no version with this number");
}
