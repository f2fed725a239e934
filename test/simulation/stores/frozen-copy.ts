/** A deep, frozen copy of what a store shall keep. */

/**
 * Members that are `undefined` are left out, as DynamoDB has none. Bytes are shared, because nobody changes them and
 * they cannot be frozen.
 */
export function frozenCopy<Value>(value: Value): Value {
  return copyOf(value) as Value;
}

function copyOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(copyOf));
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[name];
    if (member !== undefined) copy[name] = copyOf(member);
  }
  return Object.freeze(copy);
}
