/**
 * The process that owns the local engines: it hosts fauxqs (SQS, S3) and is the parent of dynoxide (DynamoDB).
 * It lives exactly as long as the process that forked it: the operating system closes the channel to a parent
 * that ends in any way, SIGKILL included, and a closed channel ends the engines here.
 */
import { join } from "node:path";
import { lockDataFolder } from "./data-folder-lock.ts";
import { startDynoxide } from "./dynoxide.ts";
import { type EngineHostReport, type EngineHostTask, stopEngines } from "./engine-host-protocol.ts";
import { EngineUnavailableError } from "./engine-unavailable-error.ts";

/** Leaves time within the two seconds that the parent grants to a stop. */
const stopGraceMs = 1000;

const exit = () => process.exit();
process.once("disconnect", exit).once("SIGTERM", exit).once("SIGINT", exit);
// The parent may have ended before there was a listener.
if (!process.connected) exit();

try {
  await hostEngines(JSON.parse(process.argv[2] ?? ""));
} catch (error) {
  console.error(error);
  if (error instanceof EngineUnavailableError) fail(error);
  else fail(new EngineUnavailableError("start-failed", `The local engines did not start: ${error}`));
}

async function hostEngines(task: EngineHostTask): Promise<void> {
  lockDataFolder(task.dataDir);
  const dynamodb =
    task.dynamodbBinary === undefined
      ? undefined
      : await startDynoxide(task.dynamodbBinary, join(task.dataDir, "dynamodb.sqlite"), task.dynamodbPort);
  // Loaded late: nothing that takes time may come before the listeners above.
  const { startFauxqsLocally } = await import("./fauxqs.ts");
  const queues = await startFauxqsLocally(join(task.dataDir, "fauxqs"), task.sqsPort);

  let stopping = false;
  // Half a stack would hide the loss: without its DynamoDB engine the host ends, and the parent learns why.
  void dynamodb?.ended.then((how) => {
    if (!stopping) fail(new EngineUnavailableError("ended", `The DynamoDB engine ended (${how})`));
  });
  process.on("message", async (message) => {
    if (message !== stopEngines) return;
    stopping = true;
    await Promise.all([dynamodb?.stop(stopGraceMs), queues.stop()]);
    exit();
  });
  report({
    kind: "ready",
    sqsPort: queues.port,
    ...(dynamodb && { dynamodb: { port: dynamodb.port, processId: dynamodb.processId } }),
  });
}

/** Tells the parent why, then ends. */
function fail({ code, message }: EngineUnavailableError): void {
  report({ kind: "failed", code, message }, () => process.exit(1));
}

function report(message: EngineHostReport, sent?: () => void): void {
  process.send?.(message, undefined, undefined, sent);
}
