/**
 * A DynamoDB item exactly as it is stored, for what is checked against a hash. The SDK's `unmarshall` rounds numbers
 * to doubles and loses members called `__proto__`, so that an item altered by hand could look untouched.
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** Numbers that a double does not hold keep their text, as in our JSON; sets, which we never store, stay as they come. */
export function exactItem(item: Readonly<Record<string, AttributeValue>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, exactValue(value)]));
}

function exactValue(value: AttributeValue | undefined): unknown {
  // The SDK itself loses the value of an attribute that is called `__proto__`, but not its name.
  if (value === undefined) return null;
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined)
    return String(Number(value.N)) === value.N ? Number(value.N) : JSON.rawJSON(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.NULL !== undefined) return null;
  if (value.B !== undefined) return value.B;
  if (value.L !== undefined) return value.L.map(exactValue);
  if (value.M !== undefined) return exactItem(value.M);
  return value;
}
