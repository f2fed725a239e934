/** What one change costs: provider calls, DynamoDB units and commands, for a definition of about 3 KB. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { startEngines } from "../../infra/local/engines/start-engines.ts";
import { startRetellSimulator } from "../../infra/local/simulators/retell/start-retell-simulator.ts";
import type { JsonObject } from "../../shared/platform/json.ts";
import { noMetrics } from "../../shared/platform/metrics.ts";
import { retellApplication } from "../support/retell-application.ts";
import { createTables } from "../support/tables.ts";
import { meterCapacity } from "./capacity-meter.ts";
import type { Benchmark, Row } from "./run.ts";
import { definitionOf3Kb } from "./sample-definition.ts";
import { percentile, rounded } from "./statistics.ts";

const CHANGES = 50;

export async function benchCostPerChange(): Promise<Benchmark> {
  const dataDir = mkdtempSync(join(tmpdir(), "test-case-sync-bench-"));
  const engines = await startEngines({ dataDir });
  const client = new DynamoDBClient({
    endpoint: engines.dynamodb.endpoint,
    region: engines.sqs.region,
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
  });
  await createTables(client);
  const engine = { type: "retell-llm" as const, id: "llm_1", version: 1, modifiedAt: 1 };
  const simulator = await startRetellSimulator({ seed: [{ id: "w", orgName: "Bench", engines: [engine] }] });
  const windows: number[] = [];
  const application = retellApplication(simulator.url, client, {
    metrics: { ...noMetrics, milliseconds: (_metric, _connection, value) => void windows.push(value) },
  });
  const meter = meterCapacity(client);
  const rows: Row[] = [];

  const measure = async (what: string, requests: readonly JsonObject[]): Promise<void> => {
    const before = { ...meter, commands: { ...meter.commands } };
    const callsBefore = simulator.workspace.requests().length;
    for (const request of requests) {
      const disposition = await application.apply(request);
      if (disposition.kind !== "done") throw new Error(`${what}: ${JSON.stringify(disposition)}`);
    }
    const count = requests.length;
    const commands = Object.entries(meter.commands).reduce(
      (sum, [name, total]) => sum + total - (before.commands[name] ?? 0),
      0,
    );
    rows.push({
      change: what,
      "provider calls": rounded((simulator.workspace.requests().length - callsBefore) / count, 2),
      "write units": rounded((meter.writeUnits - before.writeUnits) / count, 2),
      "read units": rounded((meter.readUnits - before.readUnits) / count, 2),
      "DynamoDB calls": rounded(commands / count, 2),
      // From the live read's answer to the write's: an outside edit in between is overwritten unseen.
      "window p50 · p99 ms":
        windows.length === 0 ? "" : `${percentile(windows, 0.5)} · ${percentile(windows, 0.99)}`,
    });
    windows.length = 0;
  };

  let number = 0;
  const ids = Array.from({ length: CHANGES }, () => {
    const created = simulator.workspace.edit({ action: "create", definition: definitionOf3Kb(number++) });
    return created.done ? (created.definitionId ?? "") : "";
  });
  const update = (definitionId: string, patch: JsonObject) => ({
    requestId: `bench-${++number}`,
    operation: "update",
    definitionId,
    patch,
    actor: "bench@example.com",
    reason: "to be measured",
  });
  await measure(
    "update, first met (baseline + change)",
    ids.map((id) => update(id, { name: `First ${id}` })),
  );
  await measure(
    "update of one member",
    ids.map((id) => update(id, { name: `Second ${id}` })),
  );
  await measure(
    "update that changes nothing",
    ids.map((id) => update(id, { name: `Second ${id}` })),
  );
  await measure(
    "create",
    ids.map(() => ({
      requestId: `bench-${++number}`,
      operation: "create",
      definition: definitionOf3Kb(number),
    })),
  );
  await measure(
    "delete",
    ids.map((definitionId) => ({ requestId: `bench-${++number}`, operation: "delete", definitionId })),
  );

  await application.close();
  await simulator.close();
  await engines.stop();
  rmSync(dataDir, { recursive: true, force: true });
  return {
    title: `Cost of one change (${CHANGES} each, definitions of 3 KB, straight from the queue)`,
    rows,
  };
}
