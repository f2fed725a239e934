/**
 * Workers that are killed with SIGKILL at chosen points of their work; the message is delivered again to another one.
 * Whatever the point: one outcome, one effect at the provider, a history without gaps.
 */
import { setTimeout as delay } from "node:timers/promises";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { describe, it } from "vitest";
import type { RequestRecord } from "../../../shared/change-request/record/request-record.ts";
import { createRequestStore } from "../../../shared/change-request/record/request-store.dynamodb.ts";
import type { ChangeQueue } from "../../../shared/change-request/submission/change-queue.ts";
import { parseChangeRequest } from "../../../shared/change-request/submission/parse-change-request.ts";
import { submitChangeRequest } from "../../../shared/change-request/submission/submit-change-request.ts";
import { createHistoryStore } from "../../../shared/definition/history/history-store.dynamodb.ts";
import { recordedContentOf } from "../../../shared/definition/history/recorded-content.ts";
import { verifyDefinition } from "../../../shared/definition/history/verify-definition.ts";
import { createMirrorStore } from "../../../shared/definition/mirror/mirror-store.dynamodb.ts";
import { systemClock } from "../../../shared/platform/clock.ts";
import { type Connection, parseConnections } from "../../../shared/platform/config.ts";
import { silentLog } from "../../../shared/platform/log.ts";
import { createClaimKey, type ItemKey, mirrorKey } from "../../../shared/platform/table-keys.ts";
import { dialectFor } from "../../../shared/providers/dialect-for-connection.ts";
import {
  type CrashSite,
  crashedConnection,
  definitionAt,
  withCrashWorld,
} from "../../support/crash-world.ts";
import type { HeldCall } from "../../support/holding-proxy.ts";
import { testTables } from "../../support/tables.ts";
import { crashCases, type Submission, submissions } from "./crash-points.ts";

const world = withCrashWorld();

describe.concurrent.each(submissions)("of a worker with $name", ({ operation, viaApi }) => {
  const cases = crashCases.filter(({ of }) => of === undefined || of.includes(operation));
  it.concurrent.for(cases)("the death $when", async (crash, { expect, onTestFinished }) => {
    const site = await world().openSite(crash.settleSeconds);
    onTestFinished(() => site.close());
    const given = operation === "create" ? undefined : createOutside(site);
    const request = requestOf(operation, site, given);
    if (viaApi) await submit(site, request);
    else await site.queue.send(given ?? "create", JSON.stringify(request));

    const arrivals: Promise<void>[] = [];
    // Also where something else fails first: the servers have to be there as long.
    onTestFinished(() => Promise.allSettled(arrivals).then(() => undefined));
    const afterwards: HeldCall[] = [];
    for (const { to, held, call, arrives } of crash.deaths) {
      const heldCall = await site.crashAt(site[to].holdNext(held, call));
      if (arrives === "after the decision") afterwards.push(heldCall);
      else if (arrives !== undefined) arrivals.push(delay(arrives).then(() => heldCall.passOn()));
    }
    await site.deliverUntilDone();
    await Promise.all(arrivals);
    for (const heldCall of afterwards) await heldCall.passOn();

    const version = given === undefined ? 1 : 2;
    const record = await recordOf(request.requestId);
    expect(record).toMatchObject({
      status: "applied",
      epoch: 1,
      result: { version, definitionId: given ?? expect.any(String) },
    });
    // A machine that is too busy costs an attempt more.
    expect([crash.attempts, crash.attempts + 1]).toContain(record?.attempts);
    const definitionId = record?.result?.definitionId ?? "";

    expect(effectsAt(site).map(({ kind, definitionId }) => [kind, definitionId])).toEqual([
      [`${operation}d`, definitionId],
    ]);
    expect(writesAt(site, definitionId)).toHaveLength(1);

    const versions = await historyOf(definitionId);
    expect(versions.map(({ record: { requestId, source } }) => [requestId, source])).toEqual([
      ...(given === undefined ? [] : [[undefined, "observed_before_write"]]),
      [request.requestId, crash.source],
    ]);
    expect(await verified(definitionId)).toEqual({ valid: true, checked: version });

    expect(await leftBehind(site, definitionId)).toEqual({});
    expect(await site.queue.receive()).toBeUndefined();
    expect(await site.deadLetters.receive()).toBeUndefined();
  });
});

function createOutside(site: CrashSite): string {
  const result = world().simulator.workspace.edit({ action: "create", definition: definitionAt(site) });
  if (!result.done || result.definitionId === undefined)
    throw new Error("the outside editor created nothing");
  return result.definitionId;
}

function requestOf(operation: Submission["operation"], site: CrashSite, definitionId: string | undefined) {
  const common = { requestId: `${operation}-${site.engineId}`, operation };
  if (definitionId === undefined) return { ...common, definition: definitionAt(site) };
  return { ...common, definitionId, ...(operation === "update" && { patch: { name: "Refund, calm" } }) };
}

/** As the API does: first the record, then the message. */
async function submit(site: CrashSite, request: ReturnType<typeof requestOf>): Promise<void> {
  const dialect = dialectFor(connection());
  const parsed = parseChangeRequest(JSON.stringify(request), {
    connection: "retell",
    otherConnection: "wrong-queue",
    dialectOf: () => dialect,
  });
  if (!parsed.valid) throw new Error(parsed.reason);
  const queue: ChangeQueue = {
    async send({ groupId, body }) {
      await site.queue.send(groupId, body);
      return { sent: true };
    },
  };
  const requests = createRequestStore(world().client, testTables.state);
  await submitChangeRequest({ requests, queue, clock: systemClock, log: silentLog }, parsed, dialect, "ana");
}

function connection(): Connection {
  const [only] = parseConnections([{ ...crashedConnection, baseUrl: world().simulator.url }]);
  if (only === undefined) throw new Error("there is one connection");
  return only;
}

/** What requests have done to the definitions of the site. */
function effectsAt({ engineId }: CrashSite) {
  return world()
    .simulator.workspace.effects()
    .filter(({ before = "", after = "" }) => `${before}${after}`.includes(engineId))
    .filter(({ cause }) => cause.by !== "outside");
}

/** Every write that has reached the provider, with or without an effect. */
function writesAt({ engineId }: CrashSite, definitionId: string) {
  return world()
    .simulator.workspace.requests()
    .filter(({ method }) => method !== "GET")
    .filter(({ path, bodyText }) => path.endsWith(definitionId) || bodyText.includes(engineId));
}

function recordOf(requestId: string): Promise<RequestRecord | undefined> {
  const requests = createRequestStore(world().client, testTables.state);
  return requests.read({ connection: "retell", requestId });
}

const historyStore = () => createHistoryStore(world().client, testTables.history);

function historyOf(definitionId: string) {
  return historyStore().versionsFrom({ connection: "retell", definitionId }, 1, 10);
}

function verified(definitionId: string) {
  const dependencies = {
    mirrors: createMirrorStore(world().client, testTables.state),
    history: historyStore(),
    contentOf: recordedContentOf(connection()),
  };
  return verifyDefinition(dependencies, { connection: "retell", definitionId }, 1);
}

/** What is still claimed, or intended, of the definition and of the scope's creates. */
async function leftBehind(site: CrashSite, definitionId: string): Promise<Record<string, unknown>> {
  const items = await Promise.all([
    item(mirrorKey("retell", definitionId)),
    item(createClaimKey("retell", `retell-llm:${site.engineId}`)),
  ]);
  return Object.fromEntries(
    items
      .flatMap(Object.entries)
      .filter(([name]) => ["claimRequestId", "claimToken", "claimLeaseUntil", "claimIntent"].includes(name)),
  );
}

async function item(key: ItemKey): Promise<Record<string, unknown>> {
  const { Item } = await world().client.send(
    new GetItemCommand({ TableName: testTables.state, Key: marshall(key), ConsistentRead: true }),
  );
  return Item === undefined ? {} : unmarshall(Item);
}
