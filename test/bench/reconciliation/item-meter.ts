/** Counts the items that a client reads and writes, by what they are; and the capacity units that DynamoDB tells. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { CapacityMeter } from "../capacity-meter.ts";
import type { ItemCounts } from "./scan-protocol.ts";

type Attribute = { readonly S?: string };
type Key = Readonly<Record<string, Attribute>>;
type Write = { readonly Key?: Key; readonly Item?: Key };
type Input = Write & {
  readonly TransactItems?: readonly Readonly<Record<string, Write>>[];
  readonly RequestItems?: Readonly<Record<string, { readonly Keys?: readonly Key[] }>>;
};

const writing = new Set([
  "PutItemCommand",
  "UpdateItemCommand",
  "DeleteItemCommand",
  "TransactWriteItemsCommand",
]);

/** Every command of the client is counted from now on. */
export function meterItems(client: DynamoDBClient, units: CapacityMeter): () => ItemCounts {
  const reads: Record<string, number> = {};
  const writes: Record<string, number> = {};
  const add = (counts: Record<string, number>, name: string, more = 1) => {
    counts[name] = (counts[name] ?? 0) + more;
  };
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const command = String(context["commandName"]);
      const input = args.input as Input;
      if (!writing.has(command)) {
        const keys = Object.values(input.RequestItems ?? {}).flatMap(({ Keys = [] }) => Keys);
        add(reads, command.replace(/(Item)?Command$/, ""));
        if (keys.length > 0) add(reads, "BatchGet's items", keys.length);
      } else if (input.TransactItems === undefined) add(writes, kindOf(input));
      else {
        for (const one of input.TransactItems) {
          for (const [operation, write] of Object.entries(one)) {
            add(writes, operation === "ConditionCheck" ? "condition checks" : kindOf(write));
          }
        }
      }
      return await next(args);
    },
    { step: "initialize", name: "meterItems" },
  );
  return () => ({ reads, writes, readUnits: units.readUnits, writeUnits: units.writeUnits });
}

function kindOf({ Key, Item }: Write): string {
  const { pk, sk } = Key ?? Item ?? {};
  const [table] = (pk?.S ?? "").split("#");
  if (table === "CONNECTION") return sk?.S === "RATE" ? "rate limit" : "health";
  if (table === "RECONCILIATION" || table === "SCOPES") return "runs and scopes";
  return "definitions";
}
