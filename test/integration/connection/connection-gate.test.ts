/** The gate over the real table: of many workers that see the same health, one wins. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import {
  admit,
  admitWrite,
  type GateDependencies,
  onKeyRefused,
  reportFault,
  reportSuccess,
} from "../../../shared/connection/connection-gate.ts";
import { createConnectionHealthStore } from "../../../shared/connection/connection-health.dynamodb.ts";
import { pristineHealth } from "../../../shared/connection/connection-health.ts";
import { silentLog } from "../../../shared/platform/log.ts";
import { dynamoDbClient, withEngines } from "../../support/engines.ts";
import { createTables, testTables } from "../../support/tables.ts";

const engines = withEngines();
const WORKERS = 20;
let client: DynamoDBClient;
beforeAll(async () => {
  client = dynamoDbClient(engines.current);
  await createTables(client);
});
afterAll(() => client.destroy());

let now: number;
let connections = 0;
let counted: string[];
let deps: GateDependencies;
beforeEach(() => {
  now = 1_700_000_000_000;
  counted = [];
  deps = {
    connection: { id: `connection-${++connections}`, callTimeoutSeconds: 1 },
    health: createConnectionHealthStore(client, testTables.state),
    provider: {
      dialect: { refusalWithWorkingKey: "writes-paused" },
      checkKey: async () => ({ body: { workspace: undefined }, receipt: { status: 200, durationMs: 1 } }),
    },
    key: { version: async () => "v1", refresh: async () => "v1" },
    metrics: {
      count: (metric) => counted.push(metric),
      milliseconds: () => undefined,
      perSecond: () => undefined,
    },
    clock: { now: () => now },
    log: silentLog,
  };
});
const health = () => deps.health.read(deps.connection.id);
const atOnce = <T>(work: (worker: number) => Promise<T>) =>
  Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
async function admitted() {
  const admission = await admit(deps);
  if (admission.kind !== "go") throw new Error(`waits: ${admission.reason}`);
  return admission;
}

it("workers that fail at the same time degrade the connection once, and one of them probes", async () => {
  const admissions = await atOnce(admitted);
  await atOnce(async (worker) => {
    const admission = admissions[worker];
    if (admission !== undefined) await reportFault(deps, admission, `edit-${worker}`);
  });
  expect(await health()).toMatchObject({ state: "degraded", revision: 3, nextProbeAt: now + 10_000 });
  expect(counted).toEqual(["ConnectionDegraded"]);

  now += 10_000;
  const later = await atOnce(() => admit(deps));
  const probes = later.filter((admission) => admission.kind === "go");
  expect(probes).toHaveLength(1);
  expect(later).toContainEqual({ kind: "wait", waitMs: 12_500, reason: "provider-faults" });

  const [probe] = probes;
  if (probe?.kind !== "go") throw new Error("no probe");
  await reportSuccess(deps, probe, "edit-1", { wrote: true });
  expect(await health()).toEqual({
    state: "active",
    revision: 5,
    failuresInRow: 0,
    unhealthyMs: 10_000,
    lastWrite: { requestId: "edit-1", at: now },
  });
});

it("workers whose writes are refused at the same time pause writes once, and one of them probes", async () => {
  const admission = await admitted();
  expect(admission.health).toEqual(pristineHealth);
  await atOnce(() => onKeyRefused(deps, admission));
  expect(counted).toEqual(["ConnectionPaused"]);
  expect(await health()).toMatchObject({ state: "writes-paused", revision: 1 });

  now += 60_000;
  const admissions = await atOnce(admitted);
  const answers = await Promise.all(admissions.map((each) => admitWrite(deps, each)));
  expect(answers.filter((answer) => answer === true)).toHaveLength(1);
  expect(await health()).toMatchObject({ probes: 1, nextProbeAt: now + 120_000 });
});
