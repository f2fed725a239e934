/** `npm run redrive`: an operator's retry of change requests that were given up. */
import { SQSClient } from "@aws-sdk/client-sqs";
import { createChangeRequestApi } from "./redrive/change-request-api.http.ts";
import { createDeadLetterQueue } from "./redrive/dead-letter-queue.sqs.ts";
import { type Deployment, findDeployment } from "./redrive/deployment.ts";
import { parseRedriveOptions, type RedriveOptions, usage } from "./redrive/options.ts";
import { RedriveError } from "./redrive/redrive-error.ts";
import { redriveRequests } from "./redrive/redrive-requests.ts";

const print = (line: string): void => console.log(line);

try {
  const options = parseRedriveOptions(process.argv.slice(2));
  if (options.help) print(usage);
  else process.exitCode = (await run(options, findDeployment(options.data, process.env))) ? 0 : 1;
} catch (error) {
  console.error(error instanceof RedriveError ? error.message : error);
  process.exitCode = 1;
}

async function run(options: RedriveOptions, deployment: Deployment): Promise<boolean> {
  const { apiUrl, token, localSqs, deadLetterQueueUrls } = deployment;
  const { connection } = options;
  if (connection !== undefined && !deadLetterQueueUrls.has(connection)) {
    throw new RedriveError(`--connection takes one of ${[...deadLetterQueueUrls.keys()].join(", ")}`);
  }
  // The local engine accepts any credentials; the SDK wants some.
  const local = localSqs && { ...localSqs, credentials: { accessKeyId: "local", secretAccessKey: "local" } };
  const sqs = new SQSClient(local ?? {});
  try {
    const queues = [...deadLetterQueueUrls]
      .filter(([id]) => connection === undefined || id === connection)
      .map(([id, url]) => createDeadLetterQueue(sqs, id, url));
    const isDone = await redriveRequests(
      { queues, api: createChangeRequestApi(apiUrl, token), print },
      options,
    );
    if (options.retry === "nothing") {
      print("Retry with --request ID (also where there is no letter) or --all; --help says more.");
    }
    return isDone;
  } finally {
    sqs.destroy();
  }
}
