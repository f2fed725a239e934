/** Where the system is that is to be redriven: a local stack's description, or what the environment says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { RedriveError } from "./redrive-error.ts";

export type Deployment = {
  /** Without a trailing slash. */
  readonly apiUrl: string;
  /** With the role operator. */
  readonly token: string;
  /** Absent: AWS, found as the SDK finds it. */
  readonly localSqs?: { readonly endpoint: string; readonly region: string };
  /** The dead-letter queue's URL by connection. */
  readonly deadLetterQueueUrls: ReadonlyMap<string, string>;
};

export const variables = {
  apiUrl: "TEST_CASE_SYNC_API_URL",
  token: "TEST_CASE_SYNC_TOKEN",
  deadLetterQueueUrls: "TEST_CASE_SYNC_DEAD_LETTER_QUEUE_URLS",
} as const;

const urlByConnection = z.record(z.string(), z.url());
const stackDescription = z.object({
  apiUrl: z.url(),
  tokens: z.object({ operator: z.string() }),
  region: z.string(),
  sqs: z.object({ endpoint: z.url(), queues: z.object({ changeRequestsDeadLetter: urlByConnection }) }),
});

/**
 * @param data folder of a local stack; absent: the environment's, or else the default folder's
 * @throws {RedriveError} where nothing usable is found
 */
export function findDeployment(
  data: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Deployment {
  const isNamed = Object.values(variables).some((name) => environment[name]);
  return data === undefined && isNamed ? deployedStack(environment) : localStack(data ?? ".local");
}

function localStack(data: string): Deployment {
  const { apiUrl, tokens, region, sqs } = readDescription(join(data, "stack.json"));
  return {
    apiUrl,
    token: tokens.operator,
    localSqs: { endpoint: sqs.endpoint, region },
    deadLetterQueueUrls: new Map(Object.entries(sqs.queues.changeRequestsDeadLetter)),
  };
}

function readDescription(file: string): z.infer<typeof stackDescription> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new RedriveError(
      `There is no ${file}: start a local stack with npm start, name its folder with --data, or set ` +
        `${Object.values(variables).join(", ")} for a deployed one`,
    );
  }
  const description = stackDescription.safeParse(parsed(text));
  if (description.success) return description.data;
  throw new RedriveError(`${file} is not the description of a local stack`);
}

function deployedStack(environment: Readonly<Record<string, string | undefined>>): Deployment {
  const missing = Object.values(variables).filter((name) => !environment[name]);
  if (missing.length > 0) throw new RedriveError(`The environment lacks ${missing.join(", ")}`);
  const apiUrl = environment[variables.apiUrl] ?? "";
  if (!URL.canParse(apiUrl)) throw new RedriveError(`${variables.apiUrl} must be a URL`);
  const urls = urlByConnection.safeParse(parsed(environment[variables.deadLetterQueueUrls] ?? ""));
  if (!urls.success) {
    throw new RedriveError(
      `${variables.deadLetterQueueUrls} must be JSON with the queue's URL by connection, as in {"retell":"https://…"}`,
    );
  }
  return {
    apiUrl: apiUrl.replace(/\/$/, ""),
    token: environment[variables.token] ?? "",
    deadLetterQueueUrls: new Map(Object.entries(urls.data)),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // As good as absent: the schemas refuse it.
    return undefined;
  }
}
