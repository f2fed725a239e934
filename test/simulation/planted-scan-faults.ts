/** The same for reconciliation: each wraps a port the way the code would behave without one of its guards. */
import type { Answer, ObservedDefinition, Provider } from "../../shared/providers/provider.ts";
import type { ReconcileDependencies } from "../../shared/reconciliation/scan/scope-scan.ts";
import { definitionId, type MemoryTables, targetId } from "./stores/memory-tables.ts";
import type { Sabotage, Stores } from "./world/sabotage.ts";

/** What the list shows is taken for what is there. */
function driftWithoutGet(deps: ReconcileDependencies): ReconcileDependencies {
  const { provider } = deps;
  const rows = new Map<string, Answer<ObservedDefinition>>();
  const list: Provider["list"] = async (scope, cursor, options) => {
    const answer = await provider.list(scope, cursor, options);
    for (const row of answer.body.definitions) rows.set(row.definitionId, { ...answer, body: row });
    return answer;
  };
  const get: Provider["get"] = async (id, options) => rows.get(id) ?? (await provider.get(id, options));
  return { ...deps, provider: { ...provider, list, get } };
}

/** The first look at what is gone counts as the second one. */
function missingOnceIsDeleted(deps: ReconcileDependencies): ReconcileDependencies {
  const { mirrors } = deps;
  return {
    ...deps,
    mirrors: {
      ...mirrors,
      async mirror(key) {
        const mirror = await mirrors.mirror(key);
        return mirror && { ...mirror, missingSince: 0 };
      },
    },
  };
}

/** Whoever records last is right, whatever was looked at. */
function observationWithoutHead(stores: Stores, tables: MemoryTables): Stores {
  const { observations } = stores;
  return {
    ...stores,
    observations: {
      ...observations,
      async record(observation) {
        const id = definitionId(observation.mirror);
        const headVersion = tables.targets.get(id)?.mirror?.version ?? 0;
        if (headVersion !== observation.headVersion) {
          tables.versions.get(id)?.delete(observation.version.record.version);
        }
        return await observations.record({ ...observation, headVersion });
      },
    },
  };
}

/** Requests at work are not looked at: neither their claims nor what they may have sent. */
function observationOfClaimed(stores: Stores, { targets }: MemoryTables): Stores {
  const { observations } = stores;
  return {
    ...stores,
    observations: {
      ...observations,
      record(observation) {
        const { connection, scope } = observation.mirror;
        const ids = [definitionId(observation.mirror), targetId({ kind: "create", connection, scope })];
        const before = ids.map((id) => targets.get(id));
        for (const [index, item] of before.entries()) {
          if (item === undefined) continue;
          const { claim: _claim, intent: _intent, ...free } = item;
          targets.set(ids[index] ?? "", free);
        }
        const answer = observations.record(observation);
        for (const [index, item] of before.entries()) {
          if (item === undefined) continue;
          const after = targets.get(ids[index] ?? "") ?? item;
          const { claim, intent } = item;
          targets.set(ids[index] ?? "", { ...after, ...(claim && { claim }), ...(intent && { intent }) });
        }
        return answer;
      },
    },
  };
}

function openIntentsOverlooked(deps: ReconcileDependencies): ReconcileDependencies {
  const { mirrors } = deps;
  return {
    ...deps,
    mirrors: {
      ...mirrors,
      async intents(target) {
        const { open: _open, ...intents } = await mirrors.intents(target);
        return intents;
      },
    },
  };
}

export const plantedScanFaults: Readonly<Record<string, Sabotage>> = {
  "drift written without a GET": { scans: driftWithoutGet },
  "what is missing once taken for deleted": { scans: missingOnceIsDeleted },
  "an observation without the head's condition": { stores: observationWithoutHead },
  "an observation of a claimed definition": { stores: observationOfClaimed, scans: openIntentsOverlooked },
};
