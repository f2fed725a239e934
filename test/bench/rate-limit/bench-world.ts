/** The engine, folders and processes of the benchmark, and their end, however it comes. */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  type ConnectionSimulator,
  startConnectionSimulator,
} from "../../../infra/local/connection-simulator.ts";
import { type Engines, startEngines } from "../../../infra/local/engines/start-engines.ts";
import { createTables } from "../../support/tables.ts";
import type { WorkerTask } from "./worker-protocol.ts";

const API_KEY = "key_bench";

export class BenchWorld {
  readonly tables: WorkerTask["tables"];
  readonly #dataDir: string;
  readonly #engines: Engines;
  readonly #workers = new Set<ChildProcess>();
  /** Those that are still starting as well: they write into the folder. */
  readonly #simulators = new Set<Promise<ConnectionSimulator>>();
  #stopped: Promise<void> | undefined;

  private constructor(dataDir: string, engines: Engines, tables: WorkerTask["tables"]) {
    this.#dataDir = dataDir;
    this.#engines = engines;
    this.tables = tables;
  }

  static async start(): Promise<BenchWorld> {
    const dataDir = mkdtempSync(join(tmpdir(), "test-case-sync-bench-"));
    const engines = await startEngines({ dataDir });
    const client = new DynamoDBClient({
      endpoint: engines.dynamodb.endpoint,
      region: engines.sqs.region,
      credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
    });
    const { state } = await createTables(client);
    const flexible = "flexible";
    await client.send(
      new CreateTableCommand({
        TableName: flexible,
        AttributeDefinitions: [{ AttributeName: "key", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "key", KeyType: "HASH" }],
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
    client.destroy();
    return new BenchWorld(dataDir, engines, { state, flexible });
  }

  /** @throws where it does not come up */
  startSimulator(name: string): Promise<ConnectionSimulator> {
    const simulator = startConnectionSimulator({
      provider: "retell",
      connection: name,
      apiKey: API_KEY,
      dataFile: join(this.#dataDir, `${name}.jsonl`),
      demo: true,
      logFile: join(this.#dataDir, "simulators.log"),
    });
    this.#simulators.add(simulator);
    return simulator;
  }

  startWorker(task: Omit<WorkerTask, "apiKey" | "dynamodbEndpoint" | "region" | "tables">): ChildProcess {
    if (this.#stopped !== undefined) throw new Error("the benchmark has ended");
    const complete: WorkerTask = {
      ...task,
      apiKey: API_KEY,
      dynamodbEndpoint: this.#engines.dynamodb.endpoint,
      region: this.#engines.sqs.region,
      tables: this.tables,
    };
    const worker = fork(join(import.meta.dirname, "worker-process.ts"), [JSON.stringify(complete)], {
      env: {},
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#workers.add(worker);
    worker.once("exit", () => this.#workers.delete(worker));
    return worker;
  }

  /** Ends everything and removes the folder. Calling it again changes nothing. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Ends all workers and simulators: nothing of a wave that failed is left for the next one. */
  async clear(): Promise<void> {
    for (const worker of this.#workers) {
      // Nobody shall take their end for a failure.
      worker.removeAllListeners().kill("SIGKILL");
    }
    this.#workers.clear();
    const simulators = await Promise.allSettled(this.#simulators);
    this.#simulators.clear();
    await Promise.all(
      simulators.map((each) => (each.status === "fulfilled" ? each.value.stop() : undefined)),
    );
  }

  async #stop(): Promise<void> {
    await this.clear();
    await this.#engines.stop();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }
}
