/** Counts what is sent to DynamoDB, refused conditional writes included: they cost as much as others. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

export type TableMeter = { writes: number; reads: number };

export function meterTable(client: Pick<DynamoDBClient, "middlewareStack">, meter: TableMeter): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (String(context["commandName"]).startsWith("Update")) meter.writes += 1;
      else meter.reads += 1;
      return await next(args);
    },
    { step: "initialize", name: "meterTable" },
  );
}
