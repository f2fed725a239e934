/** The limiter's state in the state table: one item for each connection, absent while nothing was ever sent. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { rateKey } from "../platform/table-keys.ts";
import { httpDateAt } from "../providers/http-date.ts";
import { type LimiterAttribute, type LimiterState, limiterAttributes } from "./limiter-state.ts";
import {
  type Condition,
  type LimiterStore,
  type LimiterWrite,
  READ_TIMEOUT_MS,
  WRITE_TIMEOUT_MS,
} from "./limiter-store.ts";

export function createLimiterStore(client: DynamoDBClient, table: string): LimiterStore {
  return {
    async read(connection) {
      const command = new GetItemCommand({
        TableName: table,
        Key: marshall(rateKey(connection)),
        ConsistentRead: true,
      });
      const date = answersDate();
      command.middlewareStack.add((next) => async (args) => date.noteIn(await next(args)), date.position);
      const { Item } = await client.send(command, { abortSignal: AbortSignal.timeout(READ_TIMEOUT_MS) });
      return { state: stateOf(Item), ...date.found() };
    },

    async write(connection, write) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: marshall(rateKey(connection)),
        ...expressionsOf(write),
        ReturnValues: "ALL_NEW",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      });
      const date = answersDate();
      command.middlewareStack.add((next) => async (args) => date.noteIn(await next(args)), date.position);
      try {
        const { Attributes } = await client.send(command, {
          abortSignal: AbortSignal.timeout(WRITE_TIMEOUT_MS),
        });
        return { written: true, state: stateOf(Attributes), ...date.found() };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return { written: false, state: stateOf(error.Item), ...date.found() };
      }
    },
  };
}

function expressionsOf({ set, conditions }: LimiterWrite) {
  const names = new Set<LimiterAttribute>();
  const values: Record<string, number> = {};
  const name = (attribute: LimiterAttribute): string => {
    names.add(attribute);
    return `#${attribute}`;
  };
  const value = (number: number): string => {
    const placeholder = `:v${Object.keys(values).length}`;
    values[placeholder] = number;
    return placeholder;
  };
  const assignments = Object.entries(set).map(([attribute, { from, plus }]) => {
    const before = from === undefined ? "" : `if_not_exists(${name(from)}, ${value(0)}) + `;
    return `${name(attribute as LimiterAttribute)} = ${before}${value(plus)}`;
  });
  const checks = conditions.flatMap(({ attribute, atLeast, atMost, below }: Condition) => [
    ...(atLeast === undefined ? [] : [`${name(attribute)} >= ${value(atLeast)}`]),
    ...(atMost === undefined
      ? []
      : [`(attribute_not_exists(${name(attribute)}) OR ${name(attribute)} <= ${value(atMost)})`]),
    ...(below === undefined
      ? []
      : [`(attribute_not_exists(${name(attribute)}) OR ${name(attribute)} < ${value(below)})`]),
  ]);
  return {
    UpdateExpression: `SET ${assignments.join(", ")}`,
    ...(checks.length > 0 && { ConditionExpression: checks.join(" AND ") }),
    ExpressionAttributeNames: Object.fromEntries([...names].map((attribute) => [`#${attribute}`, attribute])),
    ExpressionAttributeValues: marshall(values),
  };
}

function stateOf(item: Parameters<typeof unmarshall>[0] | undefined): LimiterState {
  const attributes = item === undefined ? {} : unmarshall(item);
  return Object.fromEntries(
    limiterAttributes.map((attribute) => [attribute, Number(attributes[attribute] ?? 0)]),
  ) as LimiterState;
}

/** The SDK hands out no headers, and an answer may be an exception: so they are read on their way to it. */
function answersDate() {
  let storeDateAt: number | undefined;
  return {
    /** As near to the wire as it gets: before the answer is understood. */
    position: { step: "deserialize", priority: "low", name: "answersDate" } as const,
    noteIn: <Answer extends { readonly response: unknown }>(answer: Answer): Answer => {
      const { headers } = answer.response as { readonly headers?: Readonly<Record<string, string>> };
      storeDateAt = httpDateAt(headers?.["date"] ?? "");
      return answer;
    },
    found: () => (storeDateAt === undefined ? {} : { storeDateAt }),
  };
}
