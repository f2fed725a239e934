/** The runs of reconciliation: what they have found, and an operator's start of one. */
import * as z from "zod/mini";
import type { Run } from "../../../shared/reconciliation/run/run.ts";
import { startRun } from "../../../shared/reconciliation/run/start-run.ts";
import type { ApiContext, ApiDependencies, Route } from "../api.ts";
import { cursorOf, positionOf } from "../cursor.ts";
import { jsonResponse } from "../json-response.ts";
import { listResponse } from "../list-response.ts";
import {
  bodyText,
  connectionOfQuery,
  cursor,
  DEFAULT_LIMIT,
  filterText,
  limit,
  noQuery,
  queryOf,
} from "../parameters.ts";
import { reconciliationPath } from "../path-segment.ts";
import { Problem, queueUnavailable } from "../problem.ts";
import { jsonBodyOf } from "../request-body.ts";
import { runOfPath } from "../run-of-path.ts";
import { runView } from "../run-view.ts";

const listQuery = z.strictObject({ limit, cursor, connection: z.optional(z.string()) });
const startBody = z.strictObject({ connection: z.optional(z.string()), scope: z.optional(bodyText) });
const LIST = "reconciliations";

/** Each run's scopes are a query of their own. */
const RUNS_AT_A_TIME = 10;

export function reconciliationRoutes(dependencies: ApiDependencies): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/reconciliations",
      role: "reader",
      answer: (context) => list(context, dependencies),
    },
    {
      method: "GET",
      path: "/reconciliations/:runId",
      role: "reader",
      answer: (context) => one(context, dependencies),
    },
    {
      method: "POST",
      path: "/reconciliations",
      role: "operator",
      answer: (context) => start(context, dependencies),
    },
  ];
}

async function list(context: ApiContext, dependencies: ApiDependencies): Promise<Response> {
  const { connections, runs, scopeRuns } = dependencies;
  const { connection, limit: most = DEFAULT_LIMIT, ...page } = queryOf(context, listQuery);
  const asked = connection === undefined ? connections : [connectionOfQuery(connection, dependencies)];
  const before = positionOf(LIST, page.cursor, filterText);
  const found = await Promise.all(asked.map(({ id }) => runs.list(id, before, most + 1)));
  // Ids begin with their time, so that those of several connections lie in one order.
  const newestFirst = found.flat().sort((a, b) => (a.runId > b.runId ? -1 : 1));
  const items: { readonly run: Run; readonly view: object }[] = [];
  while (items.length < Math.min(most, newestFirst.length)) {
    const next = newestFirst.slice(items.length, Math.min(most, items.length + RUNS_AT_A_TIME));
    items.push(
      ...(await Promise.all(
        next.map(async (run) => ({ run, view: runView(run, await scopeRuns.list(run)) })),
      )),
    );
  }
  return listResponse({
    items,
    view: ({ view }) => view,
    cursorAfter: ({ run }) => cursorOf(LIST, run.runId),
    hasMore: newestFirst.length > most,
  });
}

async function one(context: ApiContext, dependencies: ApiDependencies): Promise<Response> {
  queryOf(context, noQuery);
  const { run } = await runOfPath(context, dependencies);
  return jsonResponse(runView(run, await dependencies.scopeRuns.list(run)));
}

async function start(context: ApiContext, dependencies: ApiDependencies): Promise<Response> {
  queryOf(context, noQuery);
  const { connection: id, scope } = await jsonBodyOf(context.req.raw, startBody);
  const connection = connectionOfQuery(id, dependencies);
  const messages = dependencies.runQueues.get(connection.id);
  if (messages === undefined) throw new Error(`the connection ${connection.id} has no queue for its runs`);
  const answer = await startRun(
    { ...dependencies, connection, messages },
    { trigger: "operator", ...(scope !== undefined && { scope }) },
  );
  const { runId } = answer;
  switch (answer.kind) {
    case "started":
      return jsonResponse(
        { runId, connection: connection.id, status: "running" },
        { status: 202, headers: { location: reconciliationPath(runId) } },
      );
    case "running":
      throw new Problem("reconciliation-running", `The run ${runId} is going on; there is one at a time`, {
        headers: { location: reconciliationPath(runId) },
      });
    case "queue-unavailable":
      throw queueUnavailable("Nothing was started; try again");
  }
}
