/** The function as it is deployed: its bundle, its environment, its log and its metrics. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { FunctionPool } from "../../../infra/local/functions/function-pool.ts";
import type { RequestRecord } from "../../../shared/change-request/record/request-record.ts";
import { createRequestStore } from "../../../shared/change-request/record/request-store.dynamodb.ts";
import { createSweepStore } from "../../../shared/change-request/record/sweep-store.dynamodb.ts";
import { dynamoDbClient, withEngines } from "../../support/engines.ts";
import { buildFunction } from "../../support/function-bundle.ts";
import { createTables } from "../../support/tables.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const engines = withEngines();
const hour = 3_600_000;
const day = 24 * hour;

it("the scheduled function sweeps the table that its environment names, and publishes what it counted", async () => {
  const client = dynamoDbClient(engines.current);
  const { state } = await createTables(client);
  const requests = createRequestStore(client, state);
  const startedAt = Date.now();
  const record = (requestId: string, queuedAt: number): RequestRecord => ({
    connection: "retell",
    requestId,
    fingerprint: "sha256:0",
    operation: "delete",
    definitionId: "case_1",
    status: "queued",
    epoch: 1,
    attempts: 0,
    submittedAt: queuedAt,
    queuedAt,
  });
  await requests.create(record("lost", startedAt - 20 * day));
  await requests.create(record("stuck", startedAt - 1.5 * hour));
  await requests.create(record("fresh", startedAt));

  const logFile = join(temporaryFolder(), "sweep-requests.log");
  const pool = new FunctionPool(
    {
      name: "sweep-requests",
      taskRoot: buildFunction("sweep-requests", temporaryFolder()),
      handler: "index.handler",
      functionArn: "arn:aws:lambda:us-east-1:000000000000:function:sweep-requests",
      environment: {
        STATE_TABLE: state,
        POWERTOOLS_METRICS_NAMESPACE: "TestCaseSync",
        POWERTOOLS_SERVICE_NAME: "sweep-requests",
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_ENDPOINT_URL_DYNAMODB: engines.current.dynamodb.endpoint,
      },
      timeoutMs: 60_000,
      logFile,
    },
    1,
    () => undefined,
  );
  onTestFinished(async () => {
    await pool.stop(0);
    client.destroy();
  });
  expect(await pool.invoke({ "detail-type": "Scheduled Event" })).toEqual({ ok: true, payload: "null" });

  const statusOf = async (requestId: string) =>
    (await requests.read({ connection: "retell", requestId }))?.status;
  expect([await statusOf("lost"), await statusOf("stuck"), await statusOf("fresh")]).toEqual([
    "failed",
    "queued",
    "queued",
  ]);
  expect(await createSweepStore(client, state).sweptAt()).toBeGreaterThanOrEqual(startedAt);
  const lines = readFileSync(logFile, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("{"));
  const printed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(printed).toContainEqual(expect.objectContaining({ message: "request-lost", requestId: "lost" }));
  expect(printed).toContainEqual(expect.objectContaining({ message: "request-stuck", requestId: "stuck" }));
  expect(printed).toContainEqual(
    expect.objectContaining({ connection: "retell", RequestLost: 1, RequestStuck: 1, RequestFailed: 1 }),
  );
});
