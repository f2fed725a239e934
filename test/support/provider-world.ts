/** A simulated provider, real tables and the use case over both, for tests without queue and Lambda. */
import { DeleteItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll, beforeEach } from "vitest";
import type { SimulatorTypes } from "../../infra/local/simulators/simulated-provider.ts";
import type { SimulatorOptions } from "../../infra/local/simulators/simulator-state.ts";
import type { Simulator } from "../../infra/local/simulators/start-simulator.ts";
import type { Disposition } from "../../shared/change-request/outcome/delivery.ts";
import type { RequestRecord } from "../../shared/change-request/record/request-record.ts";
import { pristineHealth } from "../../shared/connection/connection-health.ts";
import type { StoredVersion } from "../../shared/definition/history/verify-history.ts";
import type { Mirror } from "../../shared/definition/mirror/mirror.ts";
import type { Connection } from "../../shared/platform/config.ts";
import type { JsonObject } from "../../shared/platform/json.ts";
import { createClaimKey, healthKey, rateKey } from "../../shared/platform/table-keys.ts";
import { dynamoDbClient, withEngines } from "./engines.ts";
import { type ProviderApplication, providerApplication } from "./provider-application.ts";
import { type ShiftedClock, shiftedClock } from "./shifted-clock.ts";
import { createTables, testTables } from "./tables.ts";

export type ProviderWorld<T extends SimulatorTypes> = Pick<ProviderApplication, "dependencies"> & {
  readonly simulator: Simulator<T>;
  /** Of the use case and of the provider. */
  readonly clock: ShiftedClock;
  /** One delivery of a request. It gets an id where it has none. */
  apply(
    request: JsonObject,
    connection?: Partial<Connection>,
  ): Promise<{
    readonly disposition: Disposition;
    readonly request: JsonObject;
    readonly record: RequestRecord;
  }>;
  mirror(definitionId: string): Promise<Mirror | undefined>;
  versions(definitionId: string): Promise<readonly StoredVersion[]>;
  /** The newest version's document. */
  recorded(definitionId: string): Promise<JsonObject>;
  /** What a call takes at most and the settle time after it: from then on an unanswered write is judged. */
  settle(): void;
};

export type ProviderWorldSpec<T extends SimulatorTypes> = {
  readonly provider: Connection["provider"];
  start(options: Pick<SimulatorOptions<T>, "clock" | "newId">): Promise<Simulator<T>>;
  /** Ids never repeat over the resets between tests, because the tables go on. */
  newId(ordinal: number): string;
  /** Those in which tests create definitions. */
  readonly scopes: readonly string[];
};

/** Longer than any test takes by itself: only what a test lets pass ends it. */
const SETTLE_SECONDS = 60;

/** Call it at the top of a test file; each test begins with the simulator as it was started and a healthy connection. */
export function withProviderWorld<T extends SimulatorTypes>(
  spec: ProviderWorldSpec<T>,
): () => ProviderWorld<T> {
  const engines = withEngines();
  const clock = shiftedClock();
  let world: ProviderWorld<T> | undefined;
  let close = async (): Promise<void> => undefined;
  let forgetClaims = async (): Promise<void> => undefined;

  beforeAll(async () => {
    const client = dynamoDbClient(engines.current);
    await createTables(client);
    let issued = 0;
    const simulator = await spec.start({ clock, newId: () => spec.newId(++issued) });
    const application = providerApplication({ provider: spec.provider, baseUrl: simulator.baseUrl }, client, {
      clock,
      settleSeconds: SETTLE_SECONDS,
    });
    world = worldOf(simulator, application, clock, spec.provider);
    forgetClaims = () => forget(client, spec);
    close = async () => {
      await application.close();
      await simulator.close();
      client.destroy();
    };
  });
  beforeEach(async () => {
    // What earlier tests have made is old: no create of this one can have made it.
    clock.pass(3_600_000);
    world?.simulator.workspace.reset();
    await forgetClaims();
    // It has been in use: what the provider tells of its workspace is known.
    const inUse = { ...pristineHealth, workspace: null, revision: pristineHealth.revision + 1 };
    await world?.dependencies().health.write(spec.provider, inUse);
  });
  afterAll(() => close());

  return () => {
    if (world === undefined) throw new Error("the world is made in beforeAll");
    return world;
  };
}

async function forget(
  client: DynamoDBClient,
  { provider, scopes }: Pick<ProviderWorldSpec<SimulatorTypes>, "provider" | "scopes">,
): Promise<void> {
  const claims = scopes.map((scope) => createClaimKey(provider, scope));
  for (const key of [healthKey(provider), rateKey(provider), ...claims]) {
    await client.send(new DeleteItemCommand({ TableName: testTables.state, Key: marshall(key) }));
  }
}

function worldOf<T extends SimulatorTypes>(
  simulator: Simulator<T>,
  { dependencies, apply }: ProviderApplication,
  clock: ShiftedClock,
  connection: string,
): ProviderWorld<T> {
  let requests = 0;
  const versions = (definitionId: string) =>
    dependencies().history.versionsFrom({ connection, definitionId }, 1, 1_000);
  return {
    simulator,
    dependencies,
    clock,

    async apply(given, options) {
      const request = { requestId: `request-${++requests}`, ...given };
      const disposition = await apply(request, options && { connection: options });
      const { requestId } = request;
      const record = await dependencies().requests.read({ connection, requestId });
      if (record === undefined) throw new Error(`no record of ${requestId}`);
      return { disposition, request, record };
    },

    mirror: (definitionId) => dependencies().mirrors.mirror({ connection, definitionId }),

    versions,

    async recorded(definitionId) {
      const newest = (await versions(definitionId)).at(-1);
      return JSON.parse(newest?.documentText ?? "null") as JsonObject;
    },

    settle() {
      const { callTimeoutSeconds, settleSeconds } = dependencies().connection;
      clock.pass((callTimeoutSeconds + settleSeconds) * 1_000 + 1);
    },
  };
}
