/**
 * What reconciliation costs: a first pass, a run without changes and one with 1 % changed, over 50 scopes, against the
 * simulated provider over HTTP and the real local DynamoDB engine. Each run has a process of its own.
 */
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { startEngines } from "../../../infra/local/engines/start-engines.ts";
import {
  type RetellSimulator,
  startRetellSimulator,
} from "../../../infra/local/simulators/retell/start-retell-simulator.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { createTables } from "../../support/tables.ts";
import { markdownTable } from "../markdown-table.ts";
import type { Benchmark, Row } from "../run.ts";
import { definitionOf3Kb } from "../sample-definition.ts";
import { rounded } from "../statistics.ts";
import type { ScanReport, ScanTask } from "./scan-protocol.ts";

const SCOPES = 50;
const CHANGED_SHARE = 0.01;
const MADE_AT = Date.parse("2026-11-01T00:00:00Z");

/** `isFull`: 100 000 definitions as well, which takes a quarter of an hour and 2 GB. */
export async function benchReconciliation(isFull: boolean): Promise<Benchmark> {
  const rows: Row[] = [];
  for (const definitions of [1_000, 10_000, ...(isFull ? [100_000] : [])]) {
    const measured = await measureSize(definitions);
    rows.push(...measured);
    // Told at once: the next size may take minutes.
    console.error(`\n${markdownTable(measured)}`);
  }
  return {
    title: `Reconciliation of ${SCOPES} scopes, definitions of 3 KB, one scope after the other`,
    rows,
    form: "markdown",
  };
}

async function measureSize(definitions: number): Promise<readonly Row[]> {
  const dataDir = mkdtempSync(join(tmpdir(), "test-case-sync-bench-"));
  const engines = await startEngines({ dataDir });
  const simulator = await startRetellSimulator({ seed: [workspaceOf(definitions)] });
  try {
    const task = {
      dynamoDbEndpoint: engines.dynamodb.endpoint,
      region: engines.sqs.region,
      providerUrl: simulator.url,
    };
    await createTables(
      new DynamoDBClient({
        endpoint: task.dynamoDbEndpoint,
        region: task.region,
        credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
      }),
    );
    let lastCall = 0;
    const measure = async (run: string) => {
      const report = await scanned(task);
      const calls = callsOf(simulator, lastCall);
      lastCall += calls.lists + calls.discovery + calls.gets;
      return rowOf(definitions, run, report, calls);
    };
    const first = await measure("first pass");
    const unchanged = await measure("unchanged");
    changeSome(simulator, definitions);
    return [first, unchanged, await measure("1 % changed")];
  } finally {
    await simulator.close();
    await engines.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function engineOf(definition: number): string {
  return `llm_${definition % SCOPES}`;
}

function workspaceOf(definitions: number) {
  return {
    id: "w",
    orgName: "Bench",
    engines: Array.from({ length: SCOPES }, (_, number) => ({
      type: "retell-llm" as const,
      id: engineOf(number),
      version: 1,
      modifiedAt: MADE_AT,
    })),
    definitions: Array.from(
      { length: definitions },
      (_, number): JsonObject => ({
        test_case_definition_id: idOf(number),
        type: "simulation",
        ...definitionOf3Kb(number, engineOf(number)),
        creation_timestamp: MADE_AT + number,
        user_modified_timestamp: MADE_AT + number,
      }),
    ),
    issuedIds: definitions,
  };
}

function idOf(number: number): string {
  return `test_case_${String(number).padStart(12, "0")}`;
}

/** As many in each scope. */
function changeSome({ workspace }: RetellSimulator, definitions: number): void {
  for (let number = 0; number < definitions * CHANGED_SHARE; number += 1) {
    workspace.edit({ action: "edit", definitionId: idOf(number), set: { name: `Changed ${number}` } });
  }
}

/** `after`: those before are not counted. */
function callsOf(
  { workspace }: RetellSimulator,
  after: number,
): Readonly<Record<"lists" | "discovery" | "gets", number>> {
  const calls = { lists: 0, discovery: 0, gets: 0 };
  for (const { path } of workspace.requests({ after })) {
    if (path.startsWith("/v2/list-test-case-definitions")) calls.lists += 1;
    else if (path.startsWith("/get-test-case-definition/")) calls.gets += 1;
    else calls.discovery += 1;
  }
  return calls;
}

function scanned(task: ScanTask): Promise<ScanReport> {
  const child = fork(new URL("./scan-process.ts", import.meta.url), [JSON.stringify(task)]);
  return new Promise((resolve, reject) => {
    child.once("message", (report: ScanReport) => resolve(report));
    child.once("exit", (code) => reject(new Error(`the run's process ended with ${code}`)));
  });
}

function rowOf(definitions: number, run: string, report: ScanReport, calls: ReturnType<typeof callsOf>): Row {
  const { reads, writes, found } = report;
  if (report.status !== "completed") throw new Error(`${run}: the run is ${report.status}`);
  const recorded = (found["baselines"] ?? 0) + (found["changed"] ?? 0);
  return {
    definitions,
    run,
    recorded,
    left: found["left"] ?? 0,
    "calls: lists · discovery and key · GETs": `${calls.lists} · ${calls.discovery} · ${calls.gets}`,
    "reads: Get · Query · BatchGet (items)": `${reads["Get"] ?? 0} · ${reads["Query"] ?? 0} · ${reads["BatchGet"] ?? 0} (${reads["BatchGet's items"] ?? 0})`,
    "writes: runs and scopes · rate limit · definitions · checks": `${writes["runs and scopes"] ?? 0} · ${writes["rate limit"] ?? 0} · ${writes["definitions"] ?? 0} · ${writes["condition checks"] ?? 0}`,
    "read · write units": `${rounded(report.readUnits, 0)} · ${rounded(report.writeUnits, 0)}`,
    "CPU s": rounded(report.cpuSeconds),
    "peak MiB (before)": `${rounded(report.peakMiB, 0)} (${rounded(report.idleMiB, 0)})`,
    s: rounded(report.seconds),
  };
}
