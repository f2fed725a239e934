/** Stores of runs that note what the tables do not tell afterwards. */
import type { Observation } from "../../../shared/reconciliation/scan/observation-store.ts";
import { type MemoryTables, type TargetItem, targetId } from "../stores/memory-tables.ts";
import type { ScanFacts } from "./facts.ts";
import type { Stores } from "./sabotage.ts";

export function observedScans(
  stores: Stores,
  tables: MemoryTables,
  facts: ScanFacts,
  time: { now(): number },
): Stores {
  const { runs, observations } = stores;
  return {
    ...stores,
    runs: {
      ...runs,
      async begin(run, after) {
        const isBegun = await runs.begin(run, after);
        const going = [...tables.runs.values()].filter(({ run: { status } }) => status === "running");
        facts.mostRuns = Math.max(facts.mostRuns, going.length);
        return isBegun;
      },
    },
    observations: {
      ...observations,
      async record(observation) {
        const guard = guardOf(tables, observation);
        const answer = await observations.record(observation);
        const { definitionId, version } = observation.mirror;
        if (answer.recorded) {
          facts.observations.push({
            definitionId,
            version,
            at: time.now(),
            ...(guard?.claim && { claimedUntil: guard.claim.leaseUntil }),
            ...(guard?.intent && { openIntent: guard.intent.requestId }),
          });
        }
        return answer;
      },
    },
  };
}

/** Whose claim must be free: the definition's, or that of its scope's creates where it has no history. */
function guardOf(tables: MemoryTables, { mirror, headVersion }: Observation): TargetItem | undefined {
  const { connection, definitionId, scope } = mirror;
  return tables.targets.get(
    targetId(
      headVersion === 0
        ? { kind: "create", connection, scope }
        : { kind: "definition", connection, definitionId },
    ),
  );
}
