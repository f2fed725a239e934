/** Counts the capacity units that DynamoDB says it has consumed, and the commands that were sent. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

type Consumed = {
  CapacityUnits?: number | undefined;
  ReadCapacityUnits?: number | undefined;
  WriteCapacityUnits?: number | undefined;
};

export type CapacityMeter = {
  readUnits: number;
  writeUnits: number;
  readonly commands: Record<string, number>;
};

const reads = new Set(["GetItemCommand", "QueryCommand", "BatchGetItemCommand"]);

/** Every command of the client is counted from now on. */
export function meterCapacity(client: DynamoDBClient): CapacityMeter {
  const meter: CapacityMeter = { readUnits: 0, writeUnits: 0, commands: {} };
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const command = String(context["commandName"]);
      const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: "INDEXES" } });
      const { ConsumedCapacity } = result.output as { ConsumedCapacity?: Consumed | Consumed[] };
      for (const consumed of [ConsumedCapacity ?? []].flat()) {
        const units = consumed.CapacityUnits ?? 0;
        if (reads.has(command)) meter.readUnits += units;
        else meter.writeUnits += units;
      }
      meter.commands[command] = (meter.commands[command] ?? 0) + 1;
      return result;
    },
    { step: "initialize", name: "meterCapacity" },
  );
  return meter;
}
