/**
 * The whole system on this machine. Everything that it runs comes from the synthesized template: tables, queues,
 * event sources, schedules, routes, environment variables and the functions' bundles.
 */
import { appendFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { Connection } from "../../shared/platform/config.ts";
import { startApiFront } from "./api/api-front.http.ts";
import { readApi } from "./api/local-api.ts";
import { startConnectionSimulator } from "./connection-simulator.ts";
import { apiKeyVariable, type RunConfiguration } from "./connections.ts";
import type { DataFolder } from "./data-folder.ts";
import { killIfAlive } from "./engines/kill-if-alive.ts";
import { type Engines, startEngines } from "./engines/start-engines.ts";
import { concurrencyByFunction, readMappings, startEventSources } from "./functions/local-event-sources.ts";
import { createFunctions, type LocalFunctions } from "./functions/local-functions.ts";
import { readSchedules } from "./functions/local-schedules.ts";
import { startSchedules } from "./functions/schedules.ts";
import type { StartOptions } from "./options.ts";
import { apiTokensSecret, keepApiTokens } from "./resources/api-tokens.ts";
import { createBuckets } from "./resources/buckets.s3.ts";
import { createQueues } from "./resources/queues.sqs.ts";
import { startSecretsFront } from "./resources/secrets-front.http.ts";
import { createTables } from "./resources/tables.dynamodb.ts";
import type { RunningParts } from "./running-parts.ts";
import { describeStack, type StackDescription, writeStackDescription } from "./stack-description.ts";
import { StartError } from "./start-error.ts";
import { physicalIds } from "./template/physical-ids.ts";
import { type Synthesis, synthesize } from "./template/synthesize.ts";
import { jsonOutputOf, outputOf, type References, type Template } from "./template/template.ts";

export type StackSettings = {
  readonly options: StartOptions;
  readonly configuration: RunConfiguration;
  readonly folder: DataFolder;
  /** Gives the connections' API keys. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Fill new simulated workspaces with the demo's definitions. */
  readonly demo: boolean;
  /** Told when a part of the start is done. */
  readonly onProgress: (done: "simulators" | "engines" | "template" | "resources" | "functions") => void;
};

export type RunningStack = {
  readonly description: StackDescription;
  /** Settles when an engine or a simulator ends without having been stopped; the stack is of no use then. */
  readonly failed: Promise<Error>;
};

const never = new Promise<never>(() => undefined);

const repository = join(import.meta.dirname, "../..");

/** How long running invocations may take to end when the stack stops. */
const stopGraceMs = 2_000;

/**
 * Starts everything, writes `stack.json`, and returns when requests are served.
 * @param parts takes everything that was started, also if the start fails
 * @throws {Error} with one clear message
 */
export async function startStack(settings: StackSettings, parts: RunningParts): Promise<RunningStack> {
  const { options, configuration, folder, onProgress } = settings;
  // A reader must not take the last run's file for this one's.
  rmSync(folder.stackFile, { force: true });
  const report = (line: string): void =>
    appendFileSync(join(folder.logs, "stack.log"), `${new Date().toISOString()} ${line}\n`);

  // First, because a taken port is the likeliest failure.
  const front = parts.add("work", await startApiFront(options.port, report));
  const tokens = keepApiTokens(folder.tokensFile);
  const keys = new Map(
    configuration.connections.map(({ id }) => [
      id,
      settings.environment[apiKeyVariable(id)] || `test-key-${id}`,
    ]),
  );
  const secretValues = new Map<string, string>();
  const secrets = parts.add("ground", await startSecretsFront(secretValues));
  const [engines, { connections, synthesis, simulatorFailed }] = await Promise.all([
    startLocalEngines(folder, parts).finally(() => onProgress("engines")),
    synthesizeFor(settings, keys, parts),
  ]);
  onProgress("template");

  const { template } = synthesis;
  const { region } = engines.sqs;
  const references = physicalIds(template, synthesis.stackName, {
    region,
    sqsEndpoint: engines.sqs.endpoint,
    apiEndpoint: front.url,
  });
  secretValues.set(outputOf(template, "ApiTokensSecret", references), apiTokensSecret(tokens));
  for (const [id, arn] of Object.entries(jsonOutputOf(template, "ConnectionSecrets", references))) {
    secretValues.set(arn, keys.get(id) ?? "");
  }
  const sqs = await createResources(template, references, engines);
  onProgress("resources");

  const mappings = readMappings(template, references, region);
  let published: (() => void) | undefined;
  const functions = createFunctions(
    template,
    references,
    {
      assetFolder: synthesis.assetFolder,
      logFolder: folder.logs,
      region,
      endpoints: {
        AWS_ENDPOINT_URL_DYNAMODB: engines.dynamodb.endpoint,
        AWS_ENDPOINT_URL_SQS: engines.sqs.endpoint,
        AWS_ENDPOINT_URL_S3: engines.s3.endpoint,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
      },
    },
    concurrencyByFunction(mappings),
    () => published?.(),
  );
  await warm(functions, folder, parts);
  onProgress("functions");

  const stopSchedules = startSchedules(readSchedules(template, references, functions, region, report));
  parts.add("work", { stop: async () => stopSchedules() });
  front.serve(readApi(template, references, functions, region));
  for (const source of startEventSources(sqs, mappings, functions, report)) parts.add("work", source);

  const facts = {
    template,
    references,
    engines,
    connections,
    tokens,
    apiUrl: front.url,
    secretsEndpoint: secrets.endpoint,
    logs: folder.logs,
  };
  const describe = (): StackDescription => describeStack(facts, functions.all);
  published = () => writeStackDescription(folder.stackFile, describe());
  published();
  return {
    get description() {
      return describe();
    },
    failed: Promise.race([simulatorFailed, engines.ended.then((error) => error ?? never)]),
  };
}

async function startLocalEngines(folder: DataFolder, parts: RunningParts): Promise<Engines> {
  const engines = await startEngines({ dataDir: folder.engines });
  parts.add("ground", {
    stop: () => engines.stop(),
    kill() {
      for (const processId of engines.processIds) killIfAlive(processId);
    },
  });
  return engines;
}

/** Starts the simulators and synthesizes the template with their URLs in place of the providers'. */
async function synthesizeFor(
  { options, configuration, folder, demo, onProgress }: StackSettings,
  keys: ReadonlyMap<string, string>,
  parts: RunningParts,
): Promise<{ connections: readonly Connection[]; synthesis: Synthesis; simulatorFailed: Promise<Error> }> {
  const failures: Promise<Error>[] = [];
  const connections = await Promise.all(
    configuration.connections.map(async (connection) => {
      const { id, provider } = connection;
      if (options.connectionUrls.has(id)) return connection;
      const simulator = await startConnectionSimulator({
        provider,
        connection: id,
        apiKey: keys.get(id) ?? "",
        dataFile: join(folder.simulators, `${id}.json`),
        demo,
        logFile: join(folder.logs, `simulator-${id}.log`),
      });
      parts.add("ground", simulator);
      failures.push(simulator.failed);
      return { ...connection, baseUrl: simulator.url };
    }),
  );
  onProgress("simulators");
  const ending = new AbortController();
  parts.add("ground", { stop: async () => ending.abort(), kill: () => ending.abort() });
  const synthesis = await synthesize(
    join(repository, "infra/app.ts"),
    repository,
    folder.synthesized,
    { ...configuration.context, connections, nag: false },
    join(folder.logs, "synth.log"),
    ending.signal,
  );
  return { connections, synthesis, simulatorFailed: Promise.race(failures) };
}

async function createResources(
  template: Template,
  references: References,
  engines: Engines,
): Promise<SQSClient> {
  const { region } = engines.sqs;
  const client = { region, credentials: { accessKeyId: "local", secretAccessKey: "local" } };
  const sqs = new SQSClient({ ...client, endpoint: engines.sqs.endpoint });
  await Promise.all([
    createTables(
      new DynamoDBClient({ ...client, endpoint: engines.dynamodb.endpoint }),
      template,
      references,
    ),
    createQueues(sqs, template, references),
    createBuckets(new S3Client({ ...client, endpoint: engines.s3.endpoint }), template, references),
  ]);
  return sqs;
}

/** One process of each function: a bundle that does not load is found now, not at the first event. */
async function warm(functions: LocalFunctions, folder: DataFolder, parts: RunningParts): Promise<void> {
  await Promise.all(
    functions.all.map(async (pool) => {
      parts.add("work", { stop: () => pool.stop(stopGraceMs), kill: () => pool.kill() });
      try {
        await pool.warm();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new StartError(`The function ${pool.name} cannot be loaded: ${reason} (see ${folder.logs})`);
      }
    }),
  );
}
