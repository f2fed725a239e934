/** One DynamoDB transaction, and which of its conditions did not hold. */
import {
  type DynamoDBClient,
  TransactionCanceledException,
  TransactionInProgressException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";

export type TransactionAnswer =
  | { readonly done: true }
  /** The parts whose condition failed, by their index; none: throttled, or it met another transaction. */
  | { readonly done: false; readonly failed: readonly number[] };

/** Codes of parts that DynamoDB does not take at all: repeated, they would be refused again. */
const unusable: ReadonlySet<string> = new Set(["ValidationError", "ItemCollectionSizeLimitExceeded"]);

/** `token`: repeated with it within ten minutes it is one transaction (36 characters at most). */
export async function transact(
  client: DynamoDBClient,
  parts: readonly TransactWriteItem[],
  token: string,
): Promise<TransactionAnswer> {
  try {
    await client.send(
      new TransactWriteItemsCommand({ TransactItems: [...parts], ClientRequestToken: token }),
    );
    return { done: true };
  } catch (error) {
    if (error instanceof TransactionInProgressException) return { done: false, failed: [] };
    if (!(error instanceof TransactionCanceledException)) throw error;
    const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code ?? "");
    if (codes.some((code) => unusable.has(code))) throw error;
    const failed = codes.flatMap((code, index) => (code === "ConditionalCheckFailed" ? [index] : []));
    return { done: false, failed };
  }
}
