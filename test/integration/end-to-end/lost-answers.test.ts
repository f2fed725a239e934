/** Answers that never come, on the whole system: nothing is sent twice, and everything is decided. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FaultInput } from "../../../infra/local/simulators/fault.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { LocalStack } from "../../support/local-stack.ts";
import { refundCase } from "../../support/retell-world.ts";
import { addEngine, createOutside, storedDefinition } from "../../support/stack-workspace.ts";
import { waitFor } from "../../support/wait-for.ts";

let stack: LocalStack;
const dataDir = mkdtempSync(join(tmpdir(), "test-case-sync-"));
beforeAll(async () => {
  stack = await LocalStack.start(dataDir, ["--settle", "retell=1", "--call-timeout", "retell=1"]);
  await addEngine(stack);
});
beforeEach(async () => {
  await stack.simulator("DELETE", "faults");
});
afterAll(async () => {
  await stack?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

let requests = 0;
const newId = () => `lost-answer-${++requests}`;

const fault = (input: FaultInput) => stack.simulator("POST", "faults", input);
const update = (definitionId: string, patch: JsonObject) => ({
  requestId: newId(),
  operation: "update",
  definitionId,
  patch,
});
const create = (name: string) => ({
  requestId: newId(),
  operation: "create",
  definition: { ...refundCase, name },
});

async function writes(method: string): Promise<number> {
  return (await stack.simulator<unknown[]>("GET", `requests?method=${method}`)).length;
}

/** Definitions of this name that the provider holds. */
async function named(name: string): Promise<readonly JsonObject[]> {
  const state = await stack.simulator<{ workspaces: { definitions: JsonObject[] }[] }>("GET", "state");
  return state.workspaces
    .flatMap(({ definitions }) => definitions)
    .filter((definition) => definition["name"] === name);
}

describe("an update whose answer is lost", () => {
  it.each<[string, Pick<FaultInput, "answer">]>([
    ["the connection is reset", { answer: "reset" }],
    ["a gateway answers 502 with HTML", { answer: { status: 502, html: true } }],
    ["no answer comes at all", { answer: "never" }],
    ["the body stalls", { answer: "stalled-body" }],
  ])("after the provider has committed it, is not sent again: %s", async (_what, answer) => {
    const [definitionId = ""] = await createOutside(stack, 1);
    const before = await writes("PUT");
    await fault({ match: { method: "PUT" }, apply: "now", ...answer });
    const request = update(definitionId, { name: `Lost ${requests}` });
    await stack.enqueue(request);
    expect(await stack.outcome(request.requestId)).toMatchObject({ status: "applied", attempts: 1 });
    expect(await writes("PUT")).toBe(before + 1);
    const path = `/connections/retell/definitions/${definitionId}/versions/2`;
    expect((await stack.api("GET", path)).body).toMatchObject({
      source: "adopted",
      requestId: request.requestId,
    });
  });

  it("before the provider has committed it, is sent again once that is known", async () => {
    const [definitionId = ""] = await createOutside(stack, 1);
    const before = await writes("PUT");
    await fault({ match: { method: "PUT" }, apply: "never", answer: "reset" });
    const request = update(definitionId, { name: "Not lost" });
    await stack.enqueue(request);
    expect(await stack.outcome(request.requestId)).toMatchObject({ status: "applied", attempts: 2 });
    expect(await writes("PUT")).toBe(before + 2);
    expect(await storedDefinition(stack, definitionId)).toMatchObject({ name: "Not lost" });
  });

  it("lands inside the settle time: one effect", async () => {
    const [definitionId = ""] = await createOutside(stack, 1);
    const before = await writes("PUT");
    await fault({ match: { method: "PUT" }, apply: { afterMs: 1_100 }, answer: "never" });
    const request = update(definitionId, { name: "Late" });
    await stack.enqueue(request);
    expect(await stack.outcome(request.requestId)).toMatchObject({ status: "applied", attempts: 1 });
    expect(await writes("PUT")).toBe(before + 1);
  });

  it("is left to a person where nobody can tell: nothing is sent, what is there is recorded", async () => {
    const [definitionId = ""] = await createOutside(stack, 1);
    const before = await writes("PUT");
    await fault({ match: { method: "PUT" }, apply: "never", answer: "reset" });
    const request = update(definitionId, { name: "Nobody knows" });
    await stack.enqueue(request);
    // Within the settle time: nobody looks before its end.
    await waitFor(async () => (await writes("PUT")) > before, { timeoutMs: 30_000, what: "the write" });
    await stack.simulator("POST", "edits", {
      action: "edit",
      definitionId,
      set: { user_prompt: "Changed outside meanwhile." },
    });
    expect(await stack.outcome(request.requestId)).toMatchObject({
      status: "failed",
      result: { reason: "outcome-unknown", version: 2 },
    });
    expect(await writes("PUT")).toBe(before + 1);
  });
});

describe("a create whose answer is lost", () => {
  it("leaves one definition behind, and the request knows it", async () => {
    await fault({ match: { method: "POST" }, apply: "now", answer: "reset" });
    const request = create("Made once");
    await stack.enqueue(request, { groupId: "retell#create#one" });
    const outcome = await stack.outcome(request.requestId);
    const made = await named("Made once");
    expect(made).toHaveLength(1);
    expect(outcome).toMatchObject({
      status: "applied",
      attempts: 1,
      result: { definitionId: made[0]?.["test_case_definition_id"] },
    });
  });

  it("is sent again when two lists show no trace of it", async () => {
    await fault({ match: { method: "POST" }, apply: "never", answer: "reset" });
    const request = create("Made at last");
    await stack.enqueue(request, { groupId: "retell#create#one" });
    expect(await stack.outcome(request.requestId)).toMatchObject({ status: "applied", attempts: 2 });
    expect(await named("Made at last")).toHaveLength(1);
  });

  it("is not taken for another request's equal one: two that are meant are two definitions", async () => {
    await fault({ match: { method: "POST" }, apply: "now", answer: "reset" });
    const [first, second] = [create("Made twice"), create("Made twice")];
    await stack.enqueue(first, { groupId: "retell#create#two" });
    await stack.enqueue(second, { groupId: "retell#create#two" });
    const outcomes = [await stack.outcome(first.requestId), await stack.outcome(second.requestId)];
    const made = (await named("Made twice")).map((one) => one["test_case_definition_id"]);
    expect(outcomes.map(({ status }) => status)).toEqual(["applied", "applied"]);
    expect(new Set(outcomes.map(({ result }) => result?.definitionId))).toEqual(new Set(made));
    expect(made).toHaveLength(2);
  });
});
