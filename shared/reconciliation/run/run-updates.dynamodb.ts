/** The writes to a run's record and to the item that says which run of a connection is going on. */
import type { TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { currentRunKey, runKey } from "../../platform/table-keys.ts";
import { updateOf } from "../../platform/update-expression.ts";
import { noCounts, RUN_LIFETIME_SECONDS, type Run, type RunKey } from "./run.ts";
import type { NewRun, RunEnd } from "./run-store.ts";

type Update = NonNullable<TransactWriteItem["Update"]>;

export const IS_RUNNING = "#status = :running";

/** The update of a run's record; `condition` names attributes as `#name`. */
export function runUpdate(
  stateTable: string,
  { connection, runId }: RunKey,
  attributes: Readonly<Record<string, unknown>>,
  condition: string,
  values: Readonly<Record<string, unknown>> = {},
): Update {
  const { UpdateExpression, ExpressionAttributeNames, values: set } = updateOf(attributes);
  const named = [...condition.matchAll(/#(\w+)/g)].map(([name, attribute]) => [name, attribute]);
  return {
    TableName: stateTable,
    Key: marshall(runKey(connection, runId)),
    UpdateExpression,
    ConditionExpression: condition,
    ExpressionAttributeNames: { ...Object.fromEntries(named), ...ExpressionAttributeNames },
    ExpressionAttributeValues: marshall({ ...set, ...values }, { removeUndefinedValues: true }),
  };
}

export function newRunUpdate(stateTable: string, { connection, runId, ...run }: NewRun): Update {
  const attributes = {
    ...run,
    connection,
    runId,
    status: "running",
    progressAt: run.startedAt,
    counts: noCounts,
    expiresAt: Math.ceil(run.startedAt / 1_000) + RUN_LIFETIME_SECONDS,
  };
  return runUpdate(stateTable, { connection, runId }, attributes, "attribute_not_exists(#runId)");
}

export function takeCurrent(
  stateTable: string,
  { connection, runId, startedAt }: NewRun,
  after?: RunKey,
): Update {
  return {
    TableName: stateTable,
    Key: marshall(currentRunKey(connection)),
    UpdateExpression: "SET runId = :run, firstStartedAt = if_not_exists(firstStartedAt, :now)",
    ConditionExpression: after === undefined ? "attribute_not_exists(runId)" : "runId = :after",
    ExpressionAttributeValues: marshall({
      ":run": runId,
      ":now": startedAt,
      ...(after !== undefined && { ":after": after.runId }),
    }),
  };
}

export function endUpdate(
  stateTable: string,
  key: RunKey,
  { waitsForDecision = false, ...end }: RunEnd,
): Update {
  const attributes = {
    ...end,
    reason: end.reason,
    leaseToken: undefined,
    leaseUntil: undefined,
    ...(waitsForDecision && { expiresAt: undefined }),
  };
  return runUpdate(stateTable, key, attributes, IS_RUNNING, { ":running": "running" });
}

/** A run over one scope says nothing about the others. */
export function freeCurrent(
  stateTable: string,
  { connection, runId, scope, startedAt }: Pick<Run, "connection" | "runId" | "scope" | "startedAt">,
  { status }: RunEnd,
): Update {
  const isComplete = status === "completed" && scope === undefined;
  return {
    TableName: stateTable,
    Key: marshall(currentRunKey(connection)),
    UpdateExpression: `${isComplete ? "SET lastCompletedAt = :started " : ""}REMOVE runId`,
    ConditionExpression: "runId = :run",
    ExpressionAttributeValues: marshall({ ":run": runId, ...(isComplete && { ":started": startedAt }) }),
  };
}
