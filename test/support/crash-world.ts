/**
 * The worker's real bundle in processes of its own, on the real engines and a simulated provider. Between a site's
 * workers and the servers stand proxies that can hold a call, so that a worker is killed at a chosen point.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Message, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll } from "vitest";
import { failedMessages } from "../../infra/local/functions/batch-response.ts";
import { type FunctionProcess, startFunctionProcess } from "../../infra/local/functions/function-process.ts";
import { sqsEvent } from "../../infra/local/functions/sqs-event.ts";
import { type SecretsFront, startSecretsFront } from "../../infra/local/resources/secrets-front.http.ts";
import {
  type RetellSimulator,
  startRetellSimulator,
} from "../../infra/local/simulators/retell/start-retell-simulator.ts";
import type { JsonObject } from "../../shared/platform/json.ts";
import { dynamoDbClient, sqsClient, type TestEngines, withEngines } from "./engines.ts";
import { createFifoQueue, type FifoQueue } from "./fifo-queue.ts";
import { buildFunction } from "./function-bundle.ts";
import { type HeldCall, type HoldingProxy, startHoldingProxy } from "./holding-proxy.ts";
import { createTables, testTables } from "./tables.ts";

const region = "us-east-1";
const secretArn = `arn:aws:secretsmanager:${region}:000000000000:secret:retell-AbCdEf`;
/** The claim's margin, a write at its deadline, and time for a read and what lies between. */
const INVOCATION_MS = 9_000;
const DECISION_DEADLINE_MS = 200_000;

/** Short, so that a crash costs seconds. */
export const crashedConnection = {
  id: "retell",
  provider: "retell",
  callTimeoutSeconds: 2,
  settleSeconds: 1,
  // All sites are one connection: nobody shall wait for the others' turns.
  rateLimit: { requestsPerSecond: 1_000, burst: 100, adaptive: false },
};

export type CrashWorld = {
  readonly simulator: RetellSimulator;
  readonly client: DynamoDBClient;
  /** A place for one request, with an engine of its own at the provider: sites do not see each other. */
  openSite(settleSeconds?: number): Promise<CrashSite>;
};

export type CrashSite = {
  /** The provider's engine, and so the scope, of this site's definitions. */
  readonly engineId: string;
  /** Before the tables and before the provider. */
  readonly tables: HoldingProxy;
  readonly provider: HoldingProxy;
  readonly queue: FifoQueue;
  readonly deadLetters: FifoQueue;
  /** Delivers the message to a new worker, and kills that with SIGKILL as soon as the call is held. */
  crashAt(held: Promise<HeldCall>): Promise<HeldCall>;
  /** Delivers the message to a new worker, as often as it takes. */
  deliverUntilDone(): Promise<void>;
  close(): Promise<void>;
};

type Ground = {
  readonly engines: TestEngines;
  readonly client: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly secrets: SecretsFront;
  readonly simulator: RetellSimulator;
  readonly bundle: string;
  readonly folder: string;
};

/** Call it at the top of a test file. */
export function withCrashWorld(): () => CrashWorld {
  const engines = withEngines();
  let ground: Ground | undefined;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), "test-case-sync-"));
    const client = dynamoDbClient(engines.current);
    await createTables(client);
    ground = {
      engines,
      client,
      sqs: sqsClient(engines.current),
      secrets: await startSecretsFront(new Map([[secretArn, "key_test"]])),
      simulator: await startRetellSimulator({ seed: [{ id: "workspace_1", orgName: "Acme" }] }),
      bundle: buildFunction("apply-change", join(folder, "bundle")),
      folder,
    };
  });
  afterAll(async () => {
    await ground?.simulator.close();
    await ground?.secrets.stop();
    ground?.client.destroy();
    ground?.sqs.destroy();
    if (ground !== undefined) rmSync(ground.folder, { recursive: true, force: true });
  });
  let sites = 0;
  return () => {
    if (ground === undefined) throw new Error("the world is made in beforeAll");
    const built = ground;
    return {
      simulator: built.simulator,
      client: built.client,
      openSite: (settleSeconds = crashedConnection.settleSeconds) => openSite(built, ++sites, settleSeconds),
    };
  };
}

async function openSite(ground: Ground, number: number, settleSeconds: number): Promise<CrashSite> {
  const { engines, sqs, simulator } = ground;
  const engineId = `llm_${String(number).padStart(27, "0")}`;
  simulator.workspace.edit({
    action: "add-engine",
    engine: { type: "retell-llm", id: engineId, version: 3, modifiedAt: 1_700_000_000_000 },
  });
  const [queue, deadLetters, tables, provider] = await Promise.all([
    createFifoQueue(sqs, engines.current.sqs.endpoint),
    createFifoQueue(sqs, engines.current.sqs.endpoint),
    startHoldingProxy(engines.current.dynamodb.endpoint),
    startHoldingProxy(simulator.url),
  ]);
  const queueArn = `arn:aws:sqs:${region}:000000000000:${queue.name}`;
  const logFile = join(ground.folder, `apply-change-${number}.log`);
  const startWorker = (): FunctionProcess =>
    startFunctionProcess({
      name: "apply-change",
      taskRoot: ground.bundle,
      handler: "index.handler",
      functionArn: `arn:aws:lambda:${region}:000000000000:function:apply-change`,
      environment: workerEnvironment(ground, {
        queue,
        queueArn,
        deadLetters,
        tables,
        provider,
        settleSeconds,
      }),
      timeoutMs: INVOCATION_MS,
      logFile,
    });
  /** Until the message is done with; `held`: or until that call is held. */
  const deliver = async (worker: FunctionProcess, held?: Promise<HeldCall>): Promise<Held | "done"> => {
    const deadline = performance.now() + DECISION_DEADLINE_MS;
    await worker.ready;
    while (performance.now() < deadline) {
      const message = await queue.receive({ waitSeconds: 5, visibilitySeconds: 60 });
      if (message === undefined) continue;
      const ended = worker.invoke(JSON.stringify(sqsEvent([message], queueArn, region)));
      const result = await (held === undefined ? ended : Promise.race([ended, held]));
      if ("passOn" in result) return { message, call: result };
      if (!result.ok) throw new Error(`an invocation failed: ${JSON.stringify(result)}`);
      if (failedMessages(result.payload, [message.MessageId ?? ""]).size > 0) continue;
      await queue.delete(message);
      return "done";
    }
    throw new Error(`nothing was decided:\n${readFileSync(logFile, "utf8")}`);
  };

  return {
    engineId,
    tables,
    provider,
    queue,
    deadLetters,

    async crashAt(held) {
      const worker = startWorker();
      try {
        const result = await deliver(worker, held);
        if (result === "done") throw new Error("the request was decided without the call");
        worker.kill();
        await worker.ended;
        // Not 0: the local engine loses the message then.
        await queue.changeVisibility(result.message, 1);
        return result.call;
      } finally {
        worker.kill();
        // It writes its end into the log, whose folder goes with the test.
        await worker.ended;
      }
    },

    async deliverUntilDone() {
      const worker = startWorker();
      try {
        await deliver(worker);
      } finally {
        worker.kill();
        // It writes its end into the log, whose folder goes with the test.
        await worker.ended;
      }
    },

    async close() {
      await Promise.all([tables.close(), provider.close()]);
    },
  };
}

type Held = { readonly message: Message; readonly call: HeldCall };

type Places = Pick<CrashSite, "queue" | "deadLetters" | "tables" | "provider"> & {
  readonly queueArn: string;
  readonly settleSeconds: number;
};

/** What the template gives the function, and what Lambda adds. */
function workerEnvironment(
  { engines, secrets }: Ground,
  { queue, queueArn, deadLetters, tables, provider, settleSeconds }: Places,
): Record<string, string> {
  const { id } = crashedConnection;
  return {
    STATE_TABLE: testTables.state,
    HISTORY_TABLE: testTables.history,
    CONNECTIONS: JSON.stringify([{ ...crashedConnection, settleSeconds, baseUrl: provider.url }]),
    CONNECTION_SECRETS: JSON.stringify({ [id]: secretArn }),
    CHANGE_REQUEST_QUEUES: JSON.stringify({
      [id]: { url: queue.url, arn: queueArn, deadLetterUrl: deadLetters.url },
    }),
    LOG_LEVEL: "INFO",
    POWERTOOLS_SERVICE_NAME: "apply-change",
    POWERTOOLS_METRICS_NAMESPACE: "TestCaseSync",
    AWS_ENDPOINT_URL_DYNAMODB: tables.url,
    AWS_ENDPOINT_URL_SQS: engines.current.sqs.endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_LAMBDA_FUNCTION_NAME: "test-case-sync-apply-change",
  };
}

/** A definition of this site's scope. */
export function definitionAt({ engineId }: Pick<CrashSite, "engineId">): JsonObject {
  return {
    name: "Refund",
    response_engine: { type: "retell-llm", llm_id: engineId, version: 0 },
    user_prompt: "You want your money back.",
    metrics: ["The agent offers a refund"],
    dynamic_variables: { order: "17" },
    tool_mocks: [{ tool_name: "lookup_order", input_match_rule: { type: "any" }, output: '{"ok":true}' }],
    llm_model: "gpt-4.1",
  };
}
