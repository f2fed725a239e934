/** All that must hold after a run; what does not, in words. */
import type { Run } from "../world/simulation.ts";
import { checkBudget } from "./check-budget.ts";
import { checkContents } from "./check-contents.ts";
import { checkEffects } from "./check-effects.ts";
import { checkHistory } from "./check-history.ts";
import { checkOrder } from "./check-order.ts";
import { checkOutcomes } from "./check-outcomes.ts";
import { checkPreImages } from "./check-pre-images.ts";
import { checkReconciliation } from "./check-reconciliation.ts";
import { checkRest } from "./check-rest.ts";
import { evidenceOf } from "./evidence.ts";

export async function checkRun(run: Run): Promise<readonly string[]> {
  const evidence = evidenceOf(run);
  return [
    ...checkOutcomes(evidence),
    ...checkEffects(evidence),
    ...checkOrder(evidence),
    ...checkPreImages(evidence),
    ...checkContents(evidence),
    ...(await checkHistory(evidence)),
    ...checkReconciliation(evidence),
    ...checkRest(evidence),
    ...checkBudget(evidence),
  ];
}
