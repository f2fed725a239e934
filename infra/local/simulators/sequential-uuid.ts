import { createHash } from "node:crypto";

/** The n-th UUID of a series, the same in every run. */
export function sequentialUuid(series: string, ordinal: number): string {
  const digest = createHash("sha256").update(`${series} ${ordinal}`).digest("hex");
  return digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-4$3-8$4-$5");
}
