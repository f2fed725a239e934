/** Timestamps that providers write as ISO 8601 text. */
import { parseInstant } from "../platform/instant.ts";
import type { JsonValue } from "../platform/json.ts";
import type { ProviderTimestamp } from "./provider.ts";

export type IsoOptions = {
  /** The zone of a time without one, as an offset (`-05:00`) or UTC; `refused`: it is nothing that we could rely on. */
  readonly zoneless: "utc" | "refused" | Offset;
};

export type Offset = `${"+" | "-"}${string}`;

/** As it was written, and as epoch ms; `undefined` for anything that is not an instant. */
export function isoTimestamp(
  value: JsonValue | undefined,
  { zoneless }: IsoOptions,
): ProviderTimestamp | undefined {
  if (typeof value !== "string") return undefined;
  // Python writes a space where ISO 8601 has a T.
  const text = value.replace(/^(\d{4}-\d\d-\d\d) (?=\d)/, "$1T");
  const zone = zoneless === "utc" ? "Z" : zoneless;
  const at = parseInstant(text) ?? (zone === "refused" ? undefined : parseInstant(`${text}${zone}`));
  // Before 1970 no provider was there.
  return at === undefined || at < 0 ? undefined : { raw: value, at };
}
