/**
 * Runs of reconciliation and change requests over a simulated Retell's HTTP API and real tables, without queue and
 * Lambda. Each has a connection of its own, so that tests in the same tables do not see each other's definitions.
 */
import { randomUUID } from "node:crypto";
import { applyChangeRequest } from "../../../shared/change-request/apply-change-request.ts";
import { parseChangeRequest } from "../../../shared/change-request/submission/parse-change-request.ts";
import type { VersionRecord } from "../../../shared/definition/history/version.ts";
import { createKnownDefinitions } from "../../../shared/definition/mirror/known-definitions.dynamodb.ts";
import type { Mirror } from "../../../shared/definition/mirror/mirror.ts";
import { parseConnections } from "../../../shared/platform/config.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { reconcileScope } from "../../../shared/reconciliation/reconcile-scope.ts";
import { discoverScopes } from "../../../shared/reconciliation/run/discover-scopes.ts";
import { createKnownScopeStore } from "../../../shared/reconciliation/run/known-scopes.dynamodb.ts";
import type { ReconciliationMessage } from "../../../shared/reconciliation/run/reconciliation-message.ts";
import type { Run, ScopeRun } from "../../../shared/reconciliation/run/run.ts";
import { createRunStore } from "../../../shared/reconciliation/run/run-store.dynamodb.ts";
import { createScopeRunStore } from "../../../shared/reconciliation/run/scope-runs.dynamodb.ts";
import { startRun } from "../../../shared/reconciliation/run/start-run.ts";
import { createObservationStore } from "../../../shared/reconciliation/scan/observation-store.dynamodb.ts";
import type { ReconcileDependencies } from "../../../shared/reconciliation/scan/scope-scan.ts";
import type { RetellWorld } from "../retell-world.ts";
import { testTables } from "../tables.ts";

export type RetellReconciliation = {
  readonly dependencies: ReconcileDependencies;
  /** Bodies in the change queue. */
  readonly changes: string[];
  /** Starts a run after so much time (an interval) and works its messages off; what it has to wait for passes. */
  reconcile(afterMs?: number): Promise<{ readonly run: Run; readonly scopes: readonly ScopeRun[] }>;
  /** Applies a request to its end. */
  apply(request: JsonObject | string): Promise<void>;
  /** Applies what the runs have put into the change queue. */
  applyQueued(): Promise<void>;
  mirror(definitionId: string): Promise<Mirror | undefined>;
  records(definitionId: string): Promise<readonly VersionRecord[]>;
  /** `<change type> <source>` of each version. */
  history(definitionId: string): Promise<readonly string[]>;
};

const INTERVAL_MS = 900_000;
const INVOCATION_MS = 120_000;
const MAX_DELIVERIES = 500;
/** Between two deliveries of a request that met another one; nobody else's time passes meanwhile. */
const REDELIVERY_MS = 20;

export function retellReconciliation(
  { client, clock, dependencies: applying }: RetellWorld,
  reconcile: Readonly<Record<string, unknown>> = {},
): RetellReconciliation {
  const id = `retell-${randomUUID().slice(0, 8)}`;
  const [parsed] = parseConnections([
    { id, provider: "retell", baseUrl: "https://retell.invalid", reconcile },
  ]);
  if (parsed === undefined) throw new Error("one connection was given");
  const shared = applying({ id, reconcile: parsed.reconcile });
  const messages: ReconciliationMessage[] = [];
  const changes: string[] = [];
  const dependencies: ReconcileDependencies = {
    ...shared,
    runs: createRunStore(client, testTables.state),
    scopeRuns: createScopeRunStore(client, testTables.state),
    knownScopes: createKnownScopeStore(client, testTables.state),
    knownDefinitions: createKnownDefinitions(client, testTables.state),
    observations: createObservationStore(client, testTables),
    changes: {
      async send({ body }) {
        changes.push(body);
        return { sent: true };
      },
    },
    messages: {
      async send(sent) {
        messages.push(...sent);
        return { sent: true };
      },
    },
  };
  const keyOf = (definitionId: string) => ({ connection: id, definitionId });

  async function deliver(message: ReconciliationMessage): Promise<void> {
    const endsAt = clock.now() + INVOCATION_MS;
    const disposition =
      message.kind === "discover"
        ? await discoverScopes(dependencies, message, endsAt)
        : await reconcileScope(dependencies, message, endsAt);
    if (disposition.kind === "done") return;
    clock.pass(disposition.waitMs);
    messages.push(message);
  }

  const records = async (definitionId: string) =>
    (await shared.history.versionsFrom(keyOf(definitionId), 1, 1_000)).map(({ record }) => record);
  const world: RetellReconciliation = {
    dependencies,
    changes,

    async reconcile(afterMs = INTERVAL_MS) {
      clock.pass(afterMs);
      const started = await startRun(dependencies, { trigger: "schedule" });
      if (started.kind !== "started") throw new Error(`no run was started: ${started.kind}`);
      let deliveries = 0;
      for (let message = messages.shift(); message !== undefined; message = messages.shift()) {
        deliveries += 1;
        if (deliveries > MAX_DELIVERIES) throw new Error("the run does not come to an end");
        await deliver(message);
      }
      const key = { connection: id, runId: started.runId };
      const run = await dependencies.runs.read(key);
      if (run === undefined) throw new Error("the run has no record");
      return { run, scopes: await dependencies.scopeRuns.list(key) };
    },

    async apply(request) {
      const body = typeof request === "string" ? request : JSON.stringify(request);
      const request_ = parseChangeRequest(body, {
        connection: id,
        otherConnection: "wrong-queue",
        dialectOf: () => shared.provider.dialect,
      });
      for (let deliveries = 0; deliveries < MAX_DELIVERIES; deliveries += 1) {
        const now = clock.now();
        const disposition = await applyChangeRequest(shared, request_, {
          body,
          receiveCount: 1,
          senderId: "AIDASENDER",
          sentAt: now,
          invocationEndsAt: now + INVOCATION_MS,
        });
        if (disposition.kind !== "wait") return;
        await clock.sleep(REDELIVERY_MS);
      }
      throw new Error("the request does not come to an end");
    },

    async applyQueued() {
      for (let body = changes.shift(); body !== undefined; body = changes.shift()) await world.apply(body);
    },

    mirror: (definitionId) => shared.mirrors.mirror(keyOf(definitionId)),
    records,
    history: async (definitionId) =>
      (await records(definitionId)).map(({ changeType, source }) => `${changeType} ${source}`),
  };
  return world;
}
