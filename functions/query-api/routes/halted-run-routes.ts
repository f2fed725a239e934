/** What an operator decides about a run that was halted: that what is missing may be gone, or that it is not. */
import * as z from "zod/mini";
import { decideHalted } from "../../../shared/reconciliation/run/decide-halted.ts";
import type { HaltDecision } from "../../../shared/reconciliation/run/run.ts";
import type { ApiContext, ApiDependencies, Route } from "../api.ts";
import { jsonResponse } from "../json-response.ts";
import { bodyText, noQuery, queryOf } from "../parameters.ts";
import { Problem } from "../problem.ts";
import { jsonBodyOf } from "../request-body.ts";
import { runOfPath, unknownRun } from "../run-of-path.ts";
import { runView } from "../run-view.ts";

/** Without `scope`: all that are halted; without `definitionIds`: all that is missing in them. */
const decisionBody = z.strictObject({
  scope: z.optional(bodyText),
  // An empty list would decide about nothing and look as if it had.
  definitionIds: z.optional(z.array(bodyText).check(z.minLength(1, "must not be empty"))),
});

const RETRY_AFTER_SECONDS = "1";

export function haltedRunRoutes(dependencies: ApiDependencies): readonly Route[] {
  return (["confirm", "discard"] as const).map((decision) => ({
    method: "POST",
    path: `/reconciliations/:runId/${decision}`,
    role: "operator",
    answer: (context) => decide(context, dependencies, decision),
  }));
}

async function decide(
  context: ApiContext,
  dependencies: ApiDependencies,
  decision: HaltDecision,
): Promise<Response> {
  queryOf(context, noQuery);
  const { scope, definitionIds } = await jsonBodyOf(context.req.raw, decisionBody);
  const { connection, run } = await runOfPath(context, dependencies);
  const answer = await decideHalted({ ...dependencies, connection }, run.runId, decision, {
    ...(scope !== undefined && { scope }),
    ...(definitionIds !== undefined && { definitionIds }),
  });
  switch (answer.kind) {
    case "decided":
      dependencies.log.info("halt-decided-by-operator", {
        connection: connection.id,
        runId: run.runId,
        decision,
        subject: context.env.caller?.subject,
      });
      return jsonResponse(runView(answer.run, await dependencies.scopeRuns.list(answer.run)));
    case "unknown-run":
      throw unknownRun();
    case "not-halted":
      throw new Problem(
        "not-halted",
        answer.run.status === "halted"
          ? "No scope of this name waits for a decision in the run"
          : `The run is ${answer.run.status}`,
      );
    case "unknown-definitions":
      throw new Problem(
        "not-halted",
        "Not all of these definitions wait for a decision; nothing was decided",
        {
          errors: notHalted(definitionIds ?? [], answer.definitionIds),
        },
      );
    case "being-decided":
      throw new Problem("not-halted", "Another decision about this run is being made");
    case "whole-run":
      throw new Problem(
        "not-halted",
        "The run was halted as a whole: decide about it without scope and definitionIds",
      );
    case "contended":
      throw new Problem("temporarily-unavailable", "Others decide at the same time; try again", {
        headers: { "retry-after": RETRY_AFTER_SECONDS },
      });
  }
}

function notHalted(asked: readonly string[], unknown: readonly string[]) {
  const ids = new Set(unknown);
  return [...asked.entries()]
    .filter(([, id]) => ids.has(id))
    .map(([index]) => ({ pointer: `/definitionIds/${index}`, message: "does not wait for a decision" }));
}
