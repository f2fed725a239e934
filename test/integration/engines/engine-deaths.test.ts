/** No engine outlives the process that started it, and none of its remains stand in the way of the next start. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { killIfAlive } from "../../../infra/local/engines/kill-if-alive.ts";
import {
  type EngineOptions,
  type Engines,
  startEngines,
} from "../../../infra/local/engines/start-engines.ts";
import { isRunning } from "../../support/is-running.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { waitFor } from "../../support/wait-for.ts";

const startEnginesFile = import.meta.resolve("../../../infra/local/engines/start-engines.ts");

/** Starts engines in a process of their own, as the local stack is one. */
async function startInAnotherProcess(options: EngineOptions) {
  const script = `
    import { startEngines } from ${JSON.stringify(startEnginesFile)};
    const { dynamodb, sqs, processIds } = await startEngines(${JSON.stringify(options)});
    process.send({ dynamodb, sqs, processIds });
  `;
  const parent = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  onTestFinished(() => void parent.kill("SIGKILL"));
  const [engines]: Pick<Engines, "dynamodb" | "sqs" | "processIds">[] = await once(parent, "message");
  if (engines === undefined) throw new Error("The other process did not say where its engines are");
  const { dynamodb, sqs, processIds } = engines;
  const [host, dynoxide] = processIds;
  if (host === undefined || dynoxide === undefined) throw new Error("Two processes were expected");
  const ports = {
    dynamodbPort: Number(new URL(dynamodb.endpoint).port),
    sqsPort: Number(new URL(sqs.endpoint).port),
  };
  return { parent, host, dynoxide, processIds, ports };
}

const untilEnded = (processIds: number[]) =>
  waitFor(() => !processIds.some(isRunning), { timeoutMs: 5000, what: "the engines' processes to end" });

async function startAndStop(options: EngineOptions): Promise<void> {
  const engines = await startEngines(options);
  await engines.stop();
}

describe("when the parent is killed with SIGKILL", () => {
  it("the engines end and let their ports and their data folder go", async () => {
    const dataDir = temporaryFolder();
    const { parent, processIds, ports } = await startInAnotherProcess({ dataDir });
    parent.kill("SIGKILL");
    await untilEnded(processIds);
    await startAndStop({ dataDir, ...ports });
  });

  it("the next engines on the same folder and ports can be started at once", async () => {
    const dataDir = temporaryFolder();
    const { parent, ports } = await startInAnotherProcess({ dataDir });
    parent.kill("SIGKILL");
    await startAndStop({ dataDir, ...ports });
  });

  it("together with the engine host, the DynamoDB engine left behind is no obstacle", async () => {
    const dataDir = temporaryFolder();
    const { parent, host, dynoxide, ports } = await startInAnotherProcess({ dataDir });
    parent.kill("SIGKILL");
    killIfAlive(host);
    await startAndStop({ dataDir, ...ports });
    expect(isRunning(dynoxide)).toBe(false);
  });
});

describe("when the parent ends without stopping them", () => {
  it("the engines end", async () => {
    const { parent, processIds } = await startInAnotherProcess({ dataDir: temporaryFolder() });
    parent.kill("SIGTERM");
    await untilEnded(processIds);
  });
});

describe("when an engine dies", () => {
  const started = async () => {
    const engines = await startEngines({ dataDir: temporaryFolder() });
    onTestFinished(() => engines.stop());
    const [host, dynoxide] = engines.processIds;
    if (host === undefined || dynoxide === undefined) throw new Error("Two processes were expected");
    return { engines, host, dynoxide };
  };

  it("the others end with it, and the parent learns that DynamoDB's ended", async () => {
    const { engines, dynoxide } = await started();
    killIfAlive(dynoxide);
    expect(await engines.ended).toMatchObject({
      code: "ended",
      message: "The DynamoDB engine ended (SIGKILL)",
    });
    await untilEnded(engines.processIds);
  });

  it("the others end with it, and the parent learns that the host ended", async () => {
    const { engines, host } = await started();
    killIfAlive(host);
    expect(await engines.ended).toMatchObject({ code: "ended" });
    await untilEnded(engines.processIds);
  });
});
