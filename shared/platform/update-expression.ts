/** Builds the update of an item from the attributes it shall have; pure. */

export type Update = {
  readonly UpdateExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  /** Plain values, to be marshalled together with the condition's. */
  readonly values: Record<string, unknown>;
};

/** Sets what has a value and removes what is `undefined`. Attribute names stand as `#name`, values as `:name`. */
export function updateOf(attributes: Readonly<Record<string, unknown>>): Update {
  const names = Object.keys(attributes);
  const set = names.filter((name) => attributes[name] !== undefined);
  const removed = names.filter((name) => attributes[name] === undefined);
  return {
    UpdateExpression: [
      set.length > 0 ? `SET ${set.map((name) => `#${name} = :${name}`).join(", ")}` : "",
      removed.length > 0 ? `REMOVE ${removed.map((name) => `#${name}`).join(", ")}` : "",
    ]
      .filter((clause) => clause !== "")
      .join(" "),
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    values: Object.fromEntries(set.map((name) => [`:${name}`, attributes[name]])),
  };
}
