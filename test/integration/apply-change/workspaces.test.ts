/** Whose workspace the key is for: learned with the connection's first use, asked when something is missing. */
import { DeleteItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { beforeEach, describe, expect, it } from "vitest";
import { resumedByOperator } from "../../../shared/connection/health-transitions.ts";
import { healthKey } from "../../../shared/platform/table-keys.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { withRetellWorld } from "../../support/retell-world.ts";
import { testTables } from "../../support/tables.ts";

const world = withRetellWorld();
const { deleteOutside, fault, history, remove, result, stored, update } = applySteps(world, "workspace");

const KEY_INFO = "/get-api-key-info";
const waits = { kind: "wait", reason: "other-workspace" };
const health = () => world().dependencies().health;
const workspaceNow = async () => (await health().read("retell")).workspace;
const asked = () => world().simulator.workspace.requests({ path: KEY_INFO }).length;
const setKey = (workspace: string) =>
  world().simulator.workspace.edit({ action: "set-key", apiKey: "key_test", key: { workspace } });
/** The next answer to the question whose key it is. */
const answers = (keyInfo: object) =>
  fault("GET", {
    match: { path: KEY_INFO },
    apply: "never",
    answer: { status: 200, body: JSON.stringify(keyInfo), headers: { "content-type": "application/json" } },
  });

async function known(): Promise<string> {
  const id = world().createOutside();
  expect(await world().apply(update(id, { name: "Known" }))).toEqual(applied);
  return id;
}

beforeEach(() => {
  world().simulator.workspace.edit({
    action: "add-workspace",
    seed: { id: "workspace_2", orgName: "Other" },
  });
});

describe("a connection that is used for the first time", () => {
  beforeEach(async () => {
    const Key = marshall(healthKey("retell"));
    await world().client.send(new DeleteItemCommand({ TableName: testTables.state, Key }));
  });

  it("learns its workspace by one call, once", async () => {
    const id = await known();
    expect(await workspaceNow()).toBe("Acme");
    expect(world().simulator.workspace.requests()[0]).toMatchObject({ path: KEY_INFO });
    await world().apply(update(id, { name: "Next" }));
    expect(asked()).toBe(1);
  });

  it("does not take a first 404 under another workspace's key for a deletion", async () => {
    const id = await known();
    fault("DELETE", { apply: "never", answer: "reset" });
    const request = remove(id);
    await world().apply(request);
    setKey("workspace_2");
    world().settle();
    expect(await world().apply(request)).toMatchObject(waits);
    expect(await history(id)).toHaveLength(2);
    expect(world().counted).toContain("OtherWorkspace");
    setKey("workspace_1");
    expect(await world().apply(request)).toEqual(applied);
    expect(stored(id)).toEqual({});
  });

  it("goes on without, where nobody says whose key it is, and asks again with the next request", async () => {
    fault("GET", { match: { path: KEY_INFO }, apply: "never", answer: { status: 503 } });
    await known();
    expect(await health().read("retell")).toMatchObject({ state: "active", failuresInRow: 0 });
    expect(await workspaceNow()).toBeUndefined();
    await known();
    expect(await workspaceNow()).toBe("Acme");
  });

  it.each([
    ["does not say", () => answers({})],
    [
      "has no such call",
      () => fault("GET", { match: { path: KEY_INFO }, apply: "never", answer: { status: 404 } }),
    ],
  ])("is not asked again where the provider %s", async (_what, answer) => {
    answer();
    await known();
    expect(await workspaceNow()).toBeNull();
    await known();
    expect(asked()).toBe(1);
  });
});

describe("something is missing, and the workspace has another name", () => {
  it("it is the same one where a definition that we know is there: the new name is taken over", async () => {
    await known();
    const gone = [await known(), await known()];
    for (const id of gone) deleteOutside(id);
    answers({ org_name: "Acme, Inc." });
    const request = update(gone[0] ?? "", { name: "Next" });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "rejected" });
    expect(await result(request)).toEqual({ reason: "not-found" });
    expect(await workspaceNow()).toBe("Acme, Inc.");
    expect(world().counted).not.toContain("OtherWorkspace");
  });

  it("it is another one where no definition that we know is there: everything that is missing waits, and rings", async () => {
    const ids = [await known(), await known(), await known(), await known()];
    setKey("workspace_2");
    const before = world().simulator.workspace.requests().length;
    expect(await world().apply(update("test_case_unknown", { name: "Next" }))).toMatchObject(waits);
    const calls = world().simulator.workspace.requests().slice(before);
    // The read, the question whose key it is, and three samples: the ones that were seen last.
    expect(calls.map(({ path }) => path.split("/").at(-1))).toEqual([
      "test_case_unknown",
      "get-api-key-info",
      ...ids.toReversed().slice(0, 3),
    ]);
    expect(world().counted.filter((name) => name === "OtherWorkspace")).toHaveLength(1);
    expect(await workspaceNow()).toBe("Acme");
  });

  it("it is not known while the samples are not answered: it waits", async () => {
    const id = await known();
    setKey("workspace_2");
    fault("GET", { match: { path: "/get-*/test_case_unknown" }, apply: "never", answer: { status: 404 } });
    fault("GET", { match: { path: `/get-*/${id}` }, apply: "never", answer: { status: 503 } });
    expect(await world().apply(update("test_case_unknown", { name: "Next" }))).toMatchObject({
      kind: "wait",
      reason: "provider-server-error",
    });
    expect(await workspaceNow()).toBe("Acme");
  });

  it("an operator's resume stands for the key that there is, and nothing waits any longer", async () => {
    await known();
    setKey("workspace_2");
    const request = update("test_case_unknown", { name: "Next" });
    expect(await world().apply(request)).toMatchObject(waits);
    await health().write("retell", resumedByOperator(await health().read("retell"), world().clock.now()));
    expect(await world().apply(request)).toEqual({ kind: "done", status: "rejected" });
    expect(await workspaceNow()).toBe("Other");
  });
});

describe("something is missing, and the key is another one", () => {
  const version = (version: string) => async () => version;
  /** The workspaces are called the same, which nobody may rely on. */
  const withKey = (secret: string) => {
    const given = world().dependencies();
    return {
      dependencies: { ...given, key: { version: version(secret), refresh: version(secret) } },
    };
  };
  const keyOfAccount = async () => (await health().read("retell")).accountKeyVersion;

  beforeEach(async () => {
    await health().write("retell", resumedByOperator(await health().read("retell"), world().clock.now()));
    await known();
    world().simulator.workspace.edit({
      action: "add-workspace",
      seed: { id: "workspace_3", orgName: "Acme" },
    });
  });

  it("everything that is missing waits where it shows nothing that we know", async () => {
    expect(await keyOfAccount()).toBe("1");
    setKey("workspace_3");
    const request = update("test_case_unknown", { name: "Next" });
    expect(await world().apply(request, withKey("2"))).toMatchObject(waits);
    expect(world().counted).toContain("OtherWorkspace");
    setKey("workspace_1");
    expect(await world().apply(request, withKey("3"))).toEqual({ kind: "done", status: "rejected" });
    expect(await keyOfAccount()).toBe("3");
  });

  it("an edit that finds what we know shows that it is the same account's", async () => {
    const id = await known();
    expect(await world().apply(update(id, { name: "Next" }), withKey("2"))).toEqual(applied);
    expect(await keyOfAccount()).toBe("2");
  });

  it("what was not known before shows nothing of the kind", async () => {
    const id = world().createOutside();
    expect(await world().apply(update(id, { name: "Next" }), withKey("2"))).toEqual(applied);
    expect(await world().apply(update(id, { name: "Then" }), withKey("2"))).toEqual(applied);
    expect(await keyOfAccount()).toBe("1");
  });

  it("an operator's confirmation is believed", async () => {
    const seen = await health().read("retell");
    setKey("workspace_3");
    const accepted = { ...seen, acceptedKeyVersion: "2", revision: seen.revision + 1 };
    await health().write("retell", accepted);
    const request = update("test_case_unknown", { name: "Next" });
    expect(await world().apply(request, withKey("2"))).toEqual({ kind: "done", status: "rejected" });
  });
});
