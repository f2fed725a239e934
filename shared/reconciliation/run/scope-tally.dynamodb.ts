/** The parts of transactions that count a scope's end, or a decision about it, in its run. */
import { type DynamoDBClient, GetItemCommand, type TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { runKey } from "../../platform/table-keys.ts";
import { type Counts, noCounts, type RunKey, type RunStatus, type ScopeTally } from "./run.ts";
import { runUpdate } from "./run-updates.dynamodb.ts";
import type { ScopeEnd } from "./scope-run-store.ts";

type Update = NonNullable<TransactWriteItem["Update"]>;

/** One scope less is open in a run that is going on. */
export function endedUpdate(
  stateTable: string,
  { connection, runId }: RunKey,
  { status, counts, finishedAt }: Pick<ScopeEnd, "status" | "counts" | "finishedAt">,
): Update {
  const names = Object.keys(noCounts) as (keyof Counts)[];
  return {
    TableName: stateTable,
    Key: marshall(runKey(connection, runId)),
    UpdateExpression: `SET progressAt = :now, tally.#open = tally.#open - :one, tally.halted = tally.halted + :halted, tally.unfinished = tally.unfinished + :unfinished, ${names
      .map((name) => `#counts.#${name} = #counts.#${name} + :${name}`)
      .join(", ")}`,
    ConditionExpression: "#status = :running",
    // Some of these words mean something to DynamoDB.
    ExpressionAttributeNames: {
      ...Object.fromEntries(names.map((name) => [`#${name}`, name])),
      "#status": "status",
      "#counts": "counts",
      "#open": "open",
    },
    ExpressionAttributeValues: marshall({
      ...Object.fromEntries(names.map((name) => [`:${name}`, counts[name]])),
      ":now": finishedAt,
      ":one": 1,
      ":halted": status === "halted" ? 1 : 0,
      ":unfinished": status === "unfinished" ? 1 : 0,
      ":running": "running",
    }),
  };
}

export type RunTally = { readonly status: RunStatus; readonly tally: ScopeTally };

export async function tallyOf(
  client: DynamoDBClient,
  stateTable: string,
  { connection, runId }: RunKey,
): Promise<RunTally | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({
      TableName: stateTable,
      Key: marshall(runKey(connection, runId)),
      ConsistentRead: true,
    }),
  );
  const { status, tally } = unmarshall(Item ?? {}) as Partial<RunTally>;
  return status === undefined || tally === undefined ? undefined : { status, tally };
}

/** One scope less is halted; with the last one the run's own halt is over. */
export function decidedUpdate(
  stateTable: string,
  key: RunKey,
  { status, tally }: RunTally,
  expiresAt: number,
): Update {
  const halted = tally.halted - 1;
  const isOver = status === "halted" && halted === 0;
  const attributes = {
    tally: { ...tally, halted },
    ...(isOver && { status: tally.unfinished > 0 ? "unfinished" : "completed", expiresAt }),
  };
  const before = { ":before": tally, ":was": status };
  return runUpdate(stateTable, key, attributes, "#tally = :before AND #status = :was", before);
}
