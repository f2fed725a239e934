import { describe, expect, it } from "vitest";
import { refundMail, telaSteps, withNulls, withTelaWorld } from "../../support/tela-world.ts";

const world = withTelaWorld();
const { outside, update, stored, sent, history } = telaSteps(world);

const applied = { kind: "done", status: "applied" };
const unchanged = { kind: "done", status: "unchanged" };
const rejected = { kind: "done", status: "rejected" };

const markedAt = (id: string) => stored(id)["deletedAt"];

describe("a test case that is marked as deleted", () => {
  it.each([
    ["shown by GET and by the list", { getDeleted: "marked", deletedInList: true }],
    ["shown by GET alone", { getDeleted: "marked", deletedInList: false }],
    ["shown by neither", { getDeleted: 404, deletedInList: false }],
    ["shown by the list alone", { getDeleted: 404, deletedInList: true }],
  ] as const)("is gone for an edit, %s", async (_, switches) => {
    world().simulator.workspace.setSwitches(switches);
    const id = outside(refundMail);
    await world().apply(update(id, { title: "Known" }));
    world().clock.pass(120_000);
    world().simulator.workspace.edit({ action: "delete", definitionId: id });
    const { disposition, record } = await world().apply(update(id, { title: "Too late" }));
    expect(disposition).toEqual(rejected);
    expect(record.result?.reason).toBe("not-found");
    expect(sent("PATCH")).toHaveLength(1);
    expect((await world().mirror(id))?.missingSince).toBeDefined();
  });

  it("that nobody knew is no definition either", async () => {
    const id = outside(refundMail);
    world().simulator.workspace.edit({ action: "delete", definitionId: id });
    expect((await world().apply(update(id, { title: "x" }))).disposition).toEqual(rejected);
    expect(await world().mirror(id)).toBeUndefined();
  });
});

describe("a delete", () => {
  it.each(["empty", "test-case"] as const)(
    "marks the test case, and is recorded at once (%s)",
    async (deleteAnswer) => {
      world().simulator.workspace.setSwitches({ deleteAnswer });
      const id = outside(refundMail);
      const { disposition } = await world().apply({ operation: "delete", definitionId: id });
      expect(disposition).toEqual(applied);
      expect(markedAt(id)).toEqual(expect.any(String));
      expect(await history(id)).toEqual(["baseline observed_before_write", "deleted change_request"]);
      expect((await world().mirror(id))?.deleted).toBe(true);
      expect((await world().apply({ operation: "delete", definitionId: id })).disposition).toEqual(unchanged);
      expect(sent("DELETE")).toHaveLength(1);
    },
  );

  it("whose answer is lost is found to have happened by the mark", async () => {
    const id = outside(refundMail);
    world().simulator.workspace.addFault({ match: { method: "DELETE" }, answer: "reset" });
    const first = await world().apply({ operation: "delete", definitionId: id });
    expect(first.disposition).toMatchObject({ kind: "wait" });
    world().settle();
    expect((await world().apply(first.request)).disposition).toEqual(applied);
    expect(sent("DELETE")).toHaveLength(1);
    expect(await history(id)).toEqual(["baseline observed_before_write", "deleted adopted"]);
  });
});

describe("a restore", () => {
  it("of a living test case sends what differs, and clears what was not there", async () => {
    const id = outside({ ...refundMail, expectedOutput: null });
    await world().apply(update(id, { title: "Later", expectedOutput: "Something" }));
    const { disposition } = await world().apply({
      operation: "restore",
      definitionId: id,
      restore: { version: 1 },
    });
    expect(disposition).toEqual(applied);
    expect(sent("PATCH").at(-1)).toEqual({ title: "Refund", expectedOutput: null });
    expect(await history(id)).toEqual([
      "baseline observed_before_write",
      "updated change_request",
      "restored change_request",
    ]);
  });

  it("to a null that no update may send is rejected, naming the member", async () => {
    const id = outside(withNulls);
    await world().apply(update(id, { metadata: { source: "craft" } }));
    const { disposition, record } = await world().apply({
      operation: "restore",
      definitionId: id,
      restore: { version: 1 },
    });
    expect(disposition).toEqual(rejected);
    expect(record.result).toMatchObject({
      reason: "unsupported-by-provider",
      errors: [{ pointer: "/metadata", message: "cannot be null or removed on Tela" }],
    });
    expect(sent("PATCH")).toHaveLength(1);
  });

  it("of a deleted test case makes it anew, with empty lists in the place of nulls that a create may not have", async () => {
    const id = outside(withNulls);
    await world().apply(update(id, { title: "Kept" }));
    await world().apply({ operation: "delete", definitionId: id });
    const { disposition, record } = await world().apply({
      operation: "restore",
      definitionId: id,
      restore: { version: 2 },
    });
    expect(disposition).toEqual(applied);
    const anew = record.result?.definitionId ?? "";
    expect(anew).not.toBe(id);
    expect(stored(anew)).toMatchObject({
      title: "Kept",
      messages: [],
      variables: { order: "17" },
      variablesRichContent: {},
      metadata: null,
      deletedAt: null,
    });
    expect((await world().mirror(id))?.continuesAs).toBe(anew);
  });

  it("of a deleted test case with answers needs the connection's consent", async () => {
    const id = outside({ ...refundMail, answers: { good: ["yes"] } });
    await world().apply(update(id, { title: "Known" }));
    await world().apply({ operation: "delete", definitionId: id });
    const restore = { operation: "restore", definitionId: id, restore: { version: 2 } };
    const refused = await world().apply(restore);
    expect(refused.disposition).toEqual(rejected);
    expect(refused.record.result).toMatchObject({
      reason: "unsupported-by-provider",
      errors: [{ pointer: "/answers" }],
    });
    expect(sent("POST")).toEqual([]);
    const consented = await world().apply(restore, { sendAnswers: true });
    expect(consented.disposition).toEqual(applied);
    expect(stored(consented.record.result?.definitionId ?? "")["answers"]).toEqual({ good: ["yes"] });
  });
});
