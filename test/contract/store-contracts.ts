/** All contracts of the domain's stores: whatever implements them is run against every one. */
import { claimContract } from "./claim.contract.ts";
import { commitContract } from "./commit.contract.ts";
import { connectionHealthContract } from "./connection-health.contract.ts";
import { continuationCommitContract } from "./continuation-commit.contract.ts";
import { createCommitContract } from "./create-commit.contract.ts";
import { failedRequestContract } from "./failed-request.contract.ts";
import { historyStoreContract } from "./history-store.contract.ts";
import { knownScopeContract } from "./known-scope.contract.ts";
import { mirrorListsContract } from "./mirror-lists.contract.ts";
import { mirrorStoreContract } from "./mirror-store.contract.ts";
import { observationContract } from "./observation.contract.ts";
import { refusedCommitContract } from "./refused-commit.contract.ts";
import { requestListContract } from "./request-list.contract.ts";
import { requestStoreContract } from "./request-store.contract.ts";
import { runContract } from "./run.contract.ts";
import { scopeRunContract } from "./scope-run.contract.ts";
import type { StoresUnderTest } from "./stores-under-test.ts";

/** Call it at the top of a test file; `stores` is called by each test. */
export function storeContracts(stores: () => StoresUnderTest): void {
  claimContract(stores);
  mirrorStoreContract(stores);
  commitContract(stores);
  refusedCommitContract(stores);
  createCommitContract(stores);
  continuationCommitContract(stores);
  requestStoreContract(stores);
  failedRequestContract(stores);
  requestListContract(stores);
  mirrorListsContract(stores);
  historyStoreContract(stores);
  connectionHealthContract(stores);
  observationContract(stores);
  knownScopeContract(stores);
  runContract(stores);
  scopeRunContract(stores);
}
