/** The audit feed: what was recorded of all definitions, newest first. */
import * as z from "zod/mini";
import type { ChangeSource, ChangeType, VersionRecord } from "../../../shared/definition/history/version.ts";
import type { FeedEntry, FeedFilter } from "../../../shared/definition/history/version-feed.ts";
import type { ApiContext, ApiDependencies, Route } from "../api.ts";
import { cursorOf, positionOf } from "../cursor.ts";
import { listResponse } from "../list-response.ts";
import {
  connectionOfQuery,
  cursor,
  DEFAULT_LIMIT,
  filterText,
  instant,
  limit,
  queryOf,
} from "../parameters.ts";
import { invalidParameter } from "../problem.ts";
import { damaged, versionView } from "../version-view.ts";

const changeTypes = {
  baseline: true,
  created: true,
  updated: true,
  deleted: true,
  restored: true,
  moved: true,
} as const satisfies Record<ChangeType, true>;
const sources = {
  change_request: true,
  adopted: true,
  reconciliation: true,
  observed_before_write: true,
} as const satisfies Record<ChangeSource, true>;

const listQuery = z.strictObject({
  limit,
  cursor,
  from: z.optional(instant),
  to: z.optional(instant),
  connection: z.optional(z.string()),
  actor: z.optional(filterText),
  changeType: z.optional(z.enum(Object.keys(changeTypes) as ChangeType[], "is no type of change")),
  source: z.optional(z.enum(Object.keys(sources) as ChangeSource[], "is no source of versions")),
  definitionId: z.optional(filterText),
  requestId: z.optional(filterText),
  reference: z.optional(filterText),
});
const listPosition = z.object({
  /** The instant of the first page, epoch ms: later pages show nothing that was recorded since. */
  to: z.int().check(z.gte(0), z.lte(8.64e15)),
  /** As many bytes as a key of DynamoDB may have. */
  after: z.string().check(
    z.minLength(1),
    z.refine((text) => Buffer.byteLength(text) <= 1_024),
  ),
});
const LIST = "audit";

/** Nothing was recorded earlier: there was no Test Case Sync. */
const BEGINNING = Date.UTC(2025, 0);
/** Each version is a query of its own. */
const VERSIONS_AT_A_TIME = 10;

export function auditRoutes(dependencies: ApiDependencies): readonly Route[] {
  return [
    { method: "GET", path: "/audit", role: "reader", answer: (context) => list(context, dependencies) },
  ];
}

async function list(context: ApiContext, dependencies: ApiDependencies): Promise<Response> {
  const { clock, feed } = dependencies;
  const {
    limit: most = DEFAULT_LIMIT,
    cursor: given,
    from,
    to,
    connection,
    ...rest
  } = queryOf(context, listQuery);
  if (from !== undefined && to !== undefined && from > to) throw invalidParameter("from", "lies after to");
  const filter: FeedFilter = {
    ...withoutAbsent(rest),
    ...(connection !== undefined && { connection: connectionOfQuery(connection, dependencies).id }),
  };
  const position = positionOf(LIST, given, listPosition);
  const range = {
    from: Math.max(BEGINNING, from ?? BEGINNING),
    to: Math.min(to ?? Number.POSITIVE_INFINITY, position?.to ?? clock.now()),
  };
  const page = await feed.list(range, filter, position?.after, most);
  const cursorAt = (after: string) => cursorOf(LIST, { to: range.to, after });
  return listResponse({
    items: await versionsOf(dependencies, page.entries),
    view: ({ record, patchText }) => versionView(record, patchText),
    cursorAfter: ({ entry }) => cursorAt(entry.position),
    hasMore: page.next !== undefined,
    ...(page.next !== undefined && { cursorAtEnd: cursorAt(page.next) }),
  });
}

type ListedVersion = {
  readonly entry: FeedEntry;
  readonly record: VersionRecord;
  readonly patchText: string | undefined;
};

async function versionsOf(
  { history }: ApiDependencies,
  entries: readonly FeedEntry[],
): Promise<readonly ListedVersion[]> {
  const versions: ListedVersion[] = [];
  while (versions.length < entries.length) {
    const next = entries.slice(versions.length, versions.length + VERSIONS_AT_A_TIME);
    versions.push(
      ...(await Promise.all(
        next.map(async (entry) => {
          const [found] = await history.versionsBefore(entry, entry.version + 1, 1);
          if (found?.record.version !== entry.version) throw damaged(`version ${entry.version} is missing`);
          return { entry, ...found };
        }),
      )),
    );
  }
  return versions;
}

function withoutAbsent<Given extends object>(
  given: Given,
): { [Name in keyof Given]: NonNullable<Given[Name]> } {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Name in keyof Given]: NonNullable<Given[Name]> };
}
