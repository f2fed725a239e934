/** Everything that an adapter must do, whatever its provider. */
import { brokenAnswerChecks } from "./broken-answer-checks.ts";
import type { ConformanceCheck } from "./check.ts";
import { deletionChecks } from "./deletion-checks.ts";
import { keyChecks } from "./key-checks.ts";
import { pageChecks } from "./page-checks.ts";
import { refusalChecks } from "./refusal-checks.ts";
import { roundTripChecks } from "./round-trip-checks.ts";
import { scopeChecks } from "./scope-checks.ts";
import { timestampChecks } from "./timestamp-checks.ts";
import { writeChecks } from "./write-checks.ts";

export const conformanceChecks: readonly ConformanceCheck[] = [
  ...roundTripChecks,
  ...writeChecks,
  ...timestampChecks,
  ...scopeChecks,
  ...pageChecks,
  ...deletionChecks,
  ...refusalChecks,
  ...brokenAnswerChecks,
  ...keyChecks,
];
