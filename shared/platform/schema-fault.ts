/** Says in our words what a schema has against an input: the path, and what would be right. Never quotes the input. */
import type * as z from "zod/mini";

export type SchemaFault = { readonly path: readonly (string | number)[]; readonly message: string };

/** The faults of an issue of a parse with `reportInput`; each unknown member is a fault of its own. */
export function schemaFaultsOf(issue: z.core.$ZodIssue): readonly SchemaFault[] {
  const path = issue.path as (string | number)[];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({ path: [...path, key], message: "is not known here" }));
    case "invalid_type":
      return [
        {
          path,
          message: issue.input === undefined ? "is required" : `must be ${withArticle(issue.expected)}`,
        },
      ];
    case "invalid_value":
      return [
        { path, message: `must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}` },
      ];
    default:
      return [{ path, message: issue.message }];
  }
}

function withArticle(type: string): string {
  if (type === "int") return "a whole number";
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}
