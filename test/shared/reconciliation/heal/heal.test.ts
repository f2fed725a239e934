import { describe, expect, it } from "vitest";
import {
  ENGINES,
  type ReconciliationWorld,
  reconciliationWorld,
  scopeOf,
  type WorldOptions,
} from "../../../support/reconciliation/reconciliation-world.ts";

async function recorded(
  reconcile: WorldOptions["reconcile"] = { policy: "heal" },
): Promise<{ world: ReconciliationWorld; id: string }> {
  const world = reconciliationWorld({ reconcile });
  const id = world.create("right");
  for (let made = 0; made < 4; made += 1) world.create(`case ${made}`);
  await world.reconcile();
  return { world, id };
}

const stored = (world: ReconciliationWorld, id: string) => world.workspace.definition(id);
const heals = async (world: ReconciliationWorld) =>
  (await world.dependencies.knownScopes.read({ connection: "retell", scope: scopeOf(ENGINES[0]) })).heals;
const rename = (world: ReconciliationWorld, definitionId: string, name: string) =>
  world.edit({ action: "rename", definitionId, name });
/** One interval: a run, and its heals. */
async function interval(world: ReconciliationWorld): Promise<void> {
  await world.reconcile();
  await world.applyQueued();
}

describe("a connection that heals", () => {
  it("restores what was changed outside within one run, and both are in the history", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wrong");
    await world.reconcile();
    expect((await world.mirror(id))?.healPending).toBe(2);
    expect(await heals(world)).toEqual({ [id]: [2] });
    await world.applyQueued();
    expect(stored(world, id)?.["name"]).toBe("right");
    expect(await world.history(id)).toEqual([
      "baseline reconciliation",
      "updated reconciliation",
      "restored change_request",
    ]);
    const record = (await world.versions(id)).at(-1)?.record;
    expect(record).toMatchObject({ actorAuthenticated: "reconciliation" });
    expect(record?.requestId).toMatch(/^heal\.[0-9a-f]{32}\.2$/);
    expect(world.metrics.get("HealSubmitted")).toBe(1);
    await interval(world);
    expect(await heals(world)).toEqual({});
    expect((await world.mirror(id))?.healPending).toBeUndefined();
    expect(await world.history(id)).toHaveLength(3);
  });

  it("is withdrawn where nobody has begun it and it is not needed any more", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wrong");
    // The queue of changes is away while the heal is submitted.
    const send = world.changes.push.bind(world.changes);
    world.changes.push = () => 0;
    await world.reconcile();
    world.changes.push = send;
    const request = {
      connection: "retell",
      requestId: [...world.tables.requests.values()][0]?.requestId ?? "",
    };
    expect(await world.applying.requests.read(request)).toMatchObject({ status: "queued" });
    rename(world, id, "right");
    await interval(world);
    expect(await world.applying.requests.read(request)).toMatchObject({ status: "cancelled" });
    expect(await heals(world)).toEqual({});
    expect(stored(world, id)?.["name"]).toBe("right");
  });

  it.each([
    [
      "a further outside change",
      async (world: ReconciliationWorld, id: string) => rename(world, id, "worse"),
    ],
    [
      "somebody's own change and a further one outside",
      async (world: ReconciliationWorld, definitionId: string) => {
        const patch = { user_prompt: "on purpose" };
        await world.apply({ requestId: "u", operation: "update", definitionId, patch });
        rename(world, definitionId, "worse");
      },
    ],
  ])("is withdrawn, though its message was never sent, after %s", async (_what, happens) => {
    const { world, id } = await recorded();
    rename(world, id, "wrong");
    const send = world.changes.push.bind(world.changes);
    world.changes.push = () => 0;
    await world.reconcile();
    world.changes.push = send;
    await happens(world, id);
    // A request that looks records what it finds, and has nothing to do with the heal of the earlier drift.
    await world.apply({ requestId: "looks", operation: "delete", definitionId: id, expect: { version: 1 } });
    for (let runs = 0; runs < 2; runs += 1) await interval(world);
    const requests = [...world.tables.requests.values()].filter(({ requestId }) => /^heal/.test(requestId));
    expect(requests.map(({ status }) => status)).toEqual(["cancelled", "applied"]);
    expect(await heals(world)).toEqual({});
  });

  it("brings back what was moved", async () => {
    const { world, id } = await recorded();
    const responseEngine = { type: "retell-llm", llm_id: ENGINES[1], version: 0 };
    world.edit({ action: "move", definitionId: id, responseEngine });
    await interval(world);
    expect((await world.mirror(id))?.scope).toBe(scopeOf(ENGINES[0]));
    await interval(world);
    expect(await world.history(id)).toEqual([
      "baseline reconciliation",
      "moved reconciliation",
      "moved change_request",
    ]);
  });

  it("deletes nothing that is new, and makes nothing anew that was deleted", async () => {
    const { world, id } = await recorded();
    const made = world.create("new");
    world.edit({ action: "delete", definitionId: id });
    for (let runs = 0; runs < 3; runs += 1) await interval(world);
    expect(stored(world, made)).toBeDefined();
    expect(await world.history(id)).toEqual(["baseline reconciliation", "deleted reconciliation"]);
    expect(world.metrics.get("HealSubmitted")).toBeUndefined();
  });

  it("makes deleted definitions anew where it is told to", async () => {
    const { world, id } = await recorded({ policy: "heal", healDeletions: true });
    world.edit({ action: "delete", definitionId: id });
    for (let runs = 0; runs < 3; runs += 1) await interval(world);
    const continuesAs = (await world.mirror(id))?.continuesAs ?? "";
    expect(stored(world, continuesAs)?.["name"]).toBe("right");
    expect(await world.mirror(continuesAs)).toMatchObject({ continues: id, deleted: false });
    expect(await heals(world)).toEqual({});
    expect(world.metrics.get("HealSubmitted")).toBe(1);
  });

  it.each([
    ["a scope", { scope: scopeOf(ENGINES[0]) }],
    ["a definition", { definitionId: "test_case_1" }],
  ])("leaves %s alone where it is told to, and the other way round", async (_what, which) => {
    const observed = await recorded({ policy: "heal", exceptions: [{ ...which, policy: "observe" }] });
    rename(observed.world, observed.id, "wrong");
    await interval(observed.world);
    expect(stored(observed.world, observed.id)?.["name"]).toBe("wrong");
    expect(await observed.world.history(observed.id)).toHaveLength(2);
    const healed = await recorded({ policy: "observe", exceptions: [{ ...which, policy: "heal" }] });
    rename(healed.world, healed.id, "wrong");
    await interval(healed.world);
    expect(stored(healed.world, healed.id)?.["name"]).toBe("right");
  });

  it("does not heal what is most of a scope, not even what had to wait for its turn", async () => {
    const world = reconciliationWorld({ reconcile: { policy: "heal" }, engines: ["llm_1"] });
    const ids = Array.from({ length: 110 }, (_, index) => world.create(`case ${index}`));
    await world.reconcile();
    for (const definitionId of ids.slice(0, 70)) rename(world, definitionId, "wrong");
    await interval(world);
    // Twenty are left: alone they would be few.
    await interval(world);
    expect(world.metrics.get("HealSubmitted")).toBeUndefined();
    expect(stored(world, ids[0] ?? "")?.["name"]).toBe("wrong");
    rename(world, ids[100] ?? "", "wrong");
    await interval(world);
    expect(world.metrics.get("HealSubmitted")).toBe(1);
  });
});

describe("a drift that comes again", () => {
  it("is healed twice, and stops with the third time", async () => {
    const { world, id } = await recorded();
    for (let times = 0; times < 3; times += 1) {
      rename(world, id, "wrong");
      await interval(world);
    }
    expect(stored(world, id)?.["name"]).toBe("wrong");
    expect(world.metrics.get("HealSubmitted")).toBe(2);
    expect(world.metrics.get("HealStopped")).toBe(1);
    await interval(world);
    await interval(world);
    expect(world.metrics.get("HealStopped")).toBe(1);
    // Another one is another one.
    rename(world, id, "also wrong");
    await interval(world);
    expect(world.metrics.get("HealSubmitted")).toBe(3);
  });

  it("after somebody has changed the definition on purpose counts anew", async () => {
    const { world, id } = await recorded();
    for (let times = 0; times < 4; times += 1) {
      rename(world, id, "wrong");
      await interval(world);
      if (times !== 1) continue;
      const patch = { user_prompt: "on purpose" };
      await world.apply({ requestId: "u", operation: "update", definitionId: id, patch });
    }
    expect(world.metrics.get("HealStopped")).toBeUndefined();
    expect(stored(world, id)).toMatchObject({ name: "right", user_prompt: "on purpose" });
  });

  it("of a deletion stops with the third as well, though it is another definition each time", async () => {
    const { world, id } = await recorded({ policy: "heal", healDeletions: true });
    let living = id;
    for (let times = 0; times < 3; times += 1) {
      world.edit({ action: "delete", definitionId: living });
      for (let runs = 0; runs < 3; runs += 1) await interval(world);
      living = (await world.mirror(living))?.continuesAs ?? living;
    }
    expect(world.metrics.get("HealSubmitted")).toBe(2);
    expect(world.metrics.get("HealStopped")).toBe(1);
  });
});

describe("a heal that does not come at once", () => {
  it("is submitted by the next run where the queue did not take it", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wrong");
    world.hooks.before = ({ path }) => {
      if (path.includes("get-test-case")) world.outside.isQueueUp = false;
    };
    await world.reconcile();
    expect(world.changes).toEqual([]);
    expect(await heals(world)).toEqual({ [id]: [2] });
    world.hooks.before = undefined;
    world.outside.isQueueUp = true;
    await interval(world);
    expect(stored(world, id)?.["name"]).toBe("right");
  });

  it("is submitted once, however often it is", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wrong");
    await world.reconcile();
    await world.reconcile();
    expect(new Set(world.changes).size).toBe(1);
    await world.applyQueued();
    expect(await world.history(id)).toHaveLength(3);
  });

  it("meets a further change: it is undone with it", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wrong");
    await world.reconcile();
    rename(world, id, "worse");
    await world.applyQueued();
    expect(stored(world, id)?.["name"]).toBe("worse");
    await interval(world);
    expect(stored(world, id)?.["name"]).toBe("right");
    await interval(world);
    expect(await heals(world)).toEqual({});
    expect((await world.history(id)).at(-1)).toBe("restored change_request");
  });

  it("comes although another definition of the scope can never be read", async () => {
    const { world, id } = await recorded();
    const other = world.create("other");
    await world.reconcile();
    rename(world, id, "wrong");
    rename(world, other, "poison");
    const match = { path: `/get-test-case-definition/${other}`, times: "always" as const };
    world.workspace.addFault({ match, answer: { status: 500 } });
    for (let runs = 0; runs < 3; runs += 1) await interval(world);
    expect(stored(world, id)?.["name"]).toBe("right");
  });

  it("is not told as stopped where its request meets a further change while the run submits it", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wrong");
    await world.reconcile();
    const [before] = world.workspace.definitions().filter((one) => one["test_case_definition_id"] === id);
    rename(world, id, "worse");
    const { requests } = world.dependencies;
    const { read } = requests;
    requests.read = async (key) => {
      await world.applyQueued();
      return await read(key);
    };
    // The list is from before.
    world.hooks.lie = (delivery, { path }) => {
      if (delivery.kind !== "answer" || !path.includes("list-test-case")) return delivery;
      const page = JSON.parse(delivery.answer.body);
      const items = page.items.map((item: { test_case_definition_id: string }) =>
        item.test_case_definition_id === id ? before : item,
      );
      return { kind: "answer", answer: { ...delivery.answer, body: JSON.stringify({ ...page, items }) } };
    };
    await world.reconcile();
    world.hooks.lie = undefined;
    for (let runs = 0; runs < 2; runs += 1) await interval(world);
    expect(stored(world, id)?.["name"]).toBe("right");
    expect(world.metrics.get("HealStopped")).toBeUndefined();
  });

  it("is given up for a change that somebody has asked for", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wrong");
    await world.reconcile();
    world.changes.length = 0;
    await world.apply({ requestId: "u", operation: "update", definitionId: id, patch: { name: "wanted" } });
    await interval(world);
    expect(stored(world, id)?.["name"]).toBe("wanted");
    expect(await heals(world)).toEqual({});
  });

  it("is not needed where the change was taken back", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wrong");
    await world.reconcile();
    world.changes.length = 0;
    rename(world, id, "right");
    await interval(world);
    expect(await heals(world)).toEqual({});
    expect(await world.history(id)).toHaveLength(3);
    expect(world.metrics.get("HealStopped")).toBeUndefined();
  });

  it("is given up, and told, where its request was refused", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wrong");
    await world.reconcile();
    world.workspace.addFault({
      match: { method: "PUT", times: "always" },
      apply: "never",
      answer: { status: 400 },
    });
    await world.applyQueued();
    await interval(world);
    expect(world.metrics.get("HealStopped")).toBe(1);
    expect(await heals(world)).toEqual({});
    await interval(world);
    expect(world.metrics.get("HealStopped")).toBe(1);
  });

  it("is not done any more where the policy has changed", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wrong");
    await world.reconcile();
    world.changes.length = 0;
    const { connection } = world.dependencies;
    const reconcile = { ...connection.reconcile, policy: "observe" as const };
    Object.assign(world.dependencies, { connection: { ...connection, reconcile } });
    await interval(world);
    expect(stored(world, id)?.["name"]).toBe("wrong");
    expect(await heals(world)).toEqual({});
  });

  it("undoes what the provider has rewritten on top of it, too", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wrong");
    await world.reconcile();
    world.changes.length = 0;
    world.edit({ action: "migrate-models", replacements: { "gpt-4.1": "gpt-5" }, bumpTimestamp: true });
    await interval(world);
    expect(stored(world, id)?.["name"]).toBe("right");
  });
});
