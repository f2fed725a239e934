/**
 * How an open intent lies in its claim's item. In few bytes: DynamoDB counts writes by the kilobyte, and an item that
 * grows beyond one costs double from the intent to the commit. Short names, and hashes as their 32 bytes.
 */
import type { Intent } from "./claim.ts";

const shortNames = {
  requestId: "r",
  epoch: "e",
  attempt: "n",
  token: "t",
  operation: "o",
  startedAt: "s",
  callDeadlineAt: "d",
  leaseUntil: "l",
  baseVersion: "bv",
  baseHash: "bh",
  baseModifiedRaw: "bm",
  wantedHash: "w",
  members: "m",
  callEnded: "c",
  answeredId: "i",
  confirmed: "y",
  absentAt: "a",
} as const satisfies Record<keyof Intent, string>;

const longNames = new Map(Object.entries(shortNames).map(([long, short]) => [short as string, long]));

const HASH = /^sha256:([0-9a-f]{64})$/;

export function intentItem(intent: Intent): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(intent).map(([name, value]) => [
      shortNames[name as keyof Intent],
      typeof value === "string" && HASH.test(value) ? Buffer.from(value.slice(7), "hex") : value,
    ]),
  );
}

export function intentOf(item: unknown): Intent | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const members = Object.entries(item).map(([short, value]) => [
    longNames.get(short) ?? short,
    value instanceof Uint8Array ? `sha256:${Buffer.from(value).toString("hex")}` : value,
  ]);
  return Object.fromEntries(members) as unknown as Intent;
}
