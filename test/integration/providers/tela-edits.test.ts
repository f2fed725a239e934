import { describe, expect, it } from "vitest";
import { otherPromptId, refundMail, telaSteps, withNulls, withTelaWorld } from "../../support/tela-world.ts";

const world = withTelaWorld();
const { outside, update, stored, sent, history } = telaSteps(world);

const applied = { kind: "done", status: "applied" };
const rejected = { kind: "done", status: "rejected" };

describe("an edit of a Tela test case", () => {
  it("sends the changed members alone, so that nulls survive that no update may send", async () => {
    const id = outside(withNulls);
    const before = stored(id);
    const { disposition, record } = await world().apply(update(id, { expectedOutput: "A voucher" }));
    expect(disposition).toEqual(applied);
    expect(record.result).not.toHaveProperty("differences");
    expect(sent("PATCH")).toEqual([{ expectedOutput: "A voucher" }]);
    expect(stored(id)).toEqual({
      ...before,
      expectedOutput: "A voucher",
      updatedAt: stored(id)["updatedAt"],
    });
    expect(await history(id)).toEqual(["baseline observed_before_write", "updated change_request"]);
    expect(await world().recorded(id)).toEqual(stored(id));
  });

  it("sends an object whole of which a part was changed", async () => {
    const id = outside(refundMail);
    await world().apply(update(id, { variables: { order: "18" } }));
    expect(sent("PATCH")).toEqual([{ variables: { order: "18", name: "Dana" } }]);
  });

  it("clears a member by null, and is unchanged where that is done", async () => {
    const id = outside(refundMail);
    const clear = update(id, { expectedOutput: null });
    expect((await world().apply(clear)).disposition).toEqual(applied);
    expect(sent("PATCH")).toEqual([{ expectedOutput: null }]);
    expect(stored(id)["expectedOutput"]).toBeNull();
    expect((await world().apply(clear)).disposition).toEqual({ kind: "done", status: "unchanged" });
    const remove = update(id, [{ op: "remove", path: "/expectedOutput" }]);
    expect((await world().apply(remove)).disposition).toEqual({ kind: "done", status: "unchanged" });
    expect(sent("PATCH")).toHaveLength(1);
  });

  it("moves a test case to another prompt where it says so", async () => {
    const id = outside(refundMail);
    await world().apply(update(id, { promptId: otherPromptId }));
    expect(sent("PATCH")).toEqual([{ promptId: otherPromptId }]);
    expect(await history(id)).toEqual(["baseline observed_before_write", "moved change_request"]);
    expect((await world().mirror(id))?.scope).toBe(`prompt:${otherPromptId}`);
  });

  it("tells what Tela has kept of an object that it merges", async () => {
    world().simulator.workspace.setSwitches({ objects: "merged" });
    const id = outside(refundMail);
    const { disposition, record } = await world().apply(update(id, { variables: { name: null } }));
    expect(disposition).toEqual({ kind: "done", status: "unchanged" });
    expect(record.result).toMatchObject({
      reason: "kept-by-provider",
      differences: [{ pointer: "/variables/name", sent: null, stored: "Dana" }],
    });
    const both = await world().apply(update(id, { variables: { name: null, order: "18" } }));
    expect(both.disposition).toEqual(applied);
    expect(both.record.result?.differences).toEqual([
      { pointer: "/variables/name", sent: null, stored: "Dana" },
    ]);
  });

  it("does not touch what somebody has changed meanwhile, where it expects another version", async () => {
    const id = outside(refundMail);
    await world().apply(update(id, { title: "First" }));
    world().simulator.workspace.edit({ action: "rename", definitionId: id, name: "Outside" });
    const { disposition, record } = await world().apply(
      update(id, { title: "Mine" }, { expect: { version: 2 } }),
    );
    expect(disposition).toEqual({ kind: "done", status: "conflict" });
    expect(record.result?.conflict).toEqual({ version: 3, pointers: ["/title"] });
    expect(stored(id)["title"]).toBe("Outside");
    expect(await history(id)).toHaveLength(3);
  });

  it("is refused alone where a working key has no access to its project", async () => {
    const id = outside(refundMail);
    world().simulator.workspace.edit({
      action: "set-key",
      apiKey: "key_test",
      key: { workspace: "w", projects: [] },
    });
    const { disposition, record } = await world().apply(update(id, { title: "x" }));
    expect(disposition).toEqual(rejected);
    expect(record.result?.providerMessage).toBe("The team has no access to the project.");
    expect((await world().dependencies().health.read("tela")).state).toBe("active");
  });
});

describe("what Tela cannot do", () => {
  it("is rejected with the member and the reason, before anything is sent", async () => {
    const id = outside({ ...refundMail, metadata: { source: "craft" } });
    const read = sent("GET").length;
    for (const [patch, pointer, message] of [
      [{ title: null }, "/patch/title", "cannot be null or removed on Tela"],
      [
        { metrics: ["polite"] },
        "/patch/metrics",
        "is no member of Tela's test cases; theirs is expectedOutput",
      ],
      [{ id: "x" }, "/patch/id", "is the provider's own bookkeeping and cannot be changed"],
    ] as const) {
      const { disposition, record } = await world().apply(update(id, patch));
      expect(disposition).toEqual(rejected);
      expect(record.result?.errors).toEqual([{ pointer, message }]);
    }
    // Known before the test case is read.
    expect(sent("GET")).toHaveLength(read);
    const patch = [{ op: "remove", path: "/metadata" }];
    const { disposition, record } = await world().apply(update(id, patch));
    expect(disposition).toEqual(rejected);
    expect(record.result?.errors).toEqual([
      { pointer: "/metadata", message: "cannot be null or removed on Tela" },
    ]);
    expect(sent("PATCH")).toEqual([]);
  });

  it("answers are sent only where the connection has opted in", async () => {
    const answers = { good: ["yes"], bad: [] };
    const id = outside(refundMail);
    const refused = await world().apply(update(id, { answers }));
    expect(refused.disposition).toEqual(rejected);
    expect(refused.record.result?.errors?.[0]?.message).toContain("sendAnswers");
    expect(sent("PATCH")).toEqual([]);
    expect((await world().apply(update(id, { answers }), { sendAnswers: true })).disposition).toEqual(
      applied,
    );
    expect(stored(id)["answers"]).toEqual(answers);
    // Untouched, they are nobody's business.
    expect((await world().apply(update(id, { title: "x" }))).disposition).toEqual(applied);
    expect(sent("PATCH").at(-1)).toEqual({ title: "x" });
  });
});

describe("a write that Tela does not answer with the test case", () => {
  it.each(["empty", "id-and-title"] as const)("is read back where it answers %s", async (patchAnswer) => {
    world().simulator.workspace.setSwitches({ patchAnswer });
    const id = outside(withNulls);
    const { disposition, record } = await world().apply(update(id, { title: "Read back" }));
    expect(disposition).toEqual(applied);
    expect(record.attempts).toBe(1);
    expect(await history(id)).toEqual(["baseline observed_before_write", "updated change_request"]);
    expect(await world().recorded(id)).toEqual(stored(id));
    const [, version] = await world().versions(id);
    expect(version?.record.receipt).toMatchObject({ status: 200 });
    expect(version?.record.providerModifiedRaw).toBe(stored(id)["updatedAt"]);
  });

  it.each(["array-of-one", "id-only"] as const)("is a create that answers %s", async (createAnswer) => {
    world().simulator.workspace.setSwitches({ createAnswer });
    const { disposition, record } = await world().apply({ operation: "create", definition: refundMail });
    expect(disposition).toEqual(applied);
    const id = record.result?.definitionId ?? "";
    expect(await history(id)).toEqual(["created change_request"]);
    expect(await world().recorded(id)).toEqual(stored(id));
    expect(sent("POST")).toEqual([refundMail]);
  });

  it("is judged after the settle time where the read after it fails", async () => {
    world().simulator.workspace.setSwitches({ patchAnswer: "empty" });
    const id = outside(refundMail);
    // The second GET: the one after the write.
    world().simulator.workspace.addFault({
      match: { method: "GET", path: `/test-case/${id}`, nth: 2 },
      answer: "reset",
    });
    const first = await world().apply(update(id, { title: "Lost sight of" }));
    expect(first.disposition).toMatchObject({ kind: "wait", reason: "unanswered-malformed-answer" });
    world().settle();
    expect((await world().apply(first.request)).disposition).toEqual(applied);
    expect(sent("PATCH")).toHaveLength(1);
    expect(await history(id)).toEqual(["baseline observed_before_write", "updated adopted"]);
  });

  it("is not believed to have failed because the read after it shows the state before", async () => {
    world().simulator.workspace.setSwitches({ patchAnswer: "empty", getLagMs: 30_000 });
    const id = outside(refundMail);
    world().clock.pass(60_000);
    const first = await world().apply(update(id, { title: "Shown late" }));
    expect(first.disposition).toMatchObject({ kind: "wait", reason: "unanswered-malformed-answer" });
    world().settle();
    expect((await world().apply(first.request)).disposition).toEqual(applied);
    expect(sent("PATCH")).toHaveLength(1);
    expect(await world().recorded(id)).toMatchObject({ title: "Shown late" });
  });

  it("is made once where its create is read back in vain", async () => {
    world().simulator.workspace.setSwitches({ createAnswer: "id-only" });
    world().simulator.workspace.addFault({
      match: { method: "GET", path: "/test-case/*" },
      answer: { status: 500 },
    });
    const first = await world().apply({ operation: "create", definition: refundMail });
    expect(first.disposition).toMatchObject({ kind: "wait" });
    world().settle();
    expect((await world().apply(first.request)).disposition).toEqual(applied);
    expect(sent("POST")).toHaveLength(1);
  });
});

describe("a lost answer", () => {
  it("of an edit is found to have happened", async () => {
    const id = outside(refundMail);
    world().simulator.workspace.addFault({ match: { method: "PATCH" }, answer: "reset" });
    const first = await world().apply(update(id, { expectedOutput: null }));
    expect(first.disposition).toMatchObject({ kind: "wait", reason: "unanswered-connection-lost" });
    world().settle();
    const again = await world().apply(first.request);
    expect(again.disposition).toEqual(applied);
    expect(again.record.result).not.toHaveProperty("differences");
    expect(sent("PATCH")).toEqual([{ expectedOutput: null }]);
    expect(await history(id)).toEqual(["baseline observed_before_write", "updated adopted"]);
  });

  it("of an edit that did not happen is sent again", async () => {
    const id = outside(refundMail);
    world().simulator.workspace.addFault({
      match: { method: "PATCH" },
      apply: "never",
      answer: { status: 502, html: true },
    });
    const first = await world().apply(update(id, { title: "Twice" }));
    world().settle();
    expect((await world().apply(first.request)).disposition).toEqual(applied);
    expect(sent("PATCH")).toHaveLength(2);
    expect(await history(id)).toEqual(["baseline observed_before_write", "updated change_request"]);
  });

  it("of a create makes one test case", async () => {
    world().simulator.workspace.addFault({ match: { method: "POST" }, answer: "reset" });
    const first = await world().apply({ operation: "create", definition: refundMail });
    world().settle();
    expect((await world().apply(first.request)).disposition).toEqual(applied);
    expect(sent("POST")).toHaveLength(1);
  });
});
