/** The commit of a write that the provider has confirmed, and what becomes of it where that fails. */
import { describe, expect, it } from "vitest";
import type { ApplyDependencies } from "../../../shared/change-request/attempt/attempt.ts";
import type { CommitAnswer } from "../../../shared/change-request/attempt/commit.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { refundCase, withRetellWorld } from "../../support/retell-world.ts";
import { waitFor } from "../../support/wait-for.ts";

const world = withRetellWorld();
const { calls, create, deleteOutside, effects, fault, history, outside, remove, result, stored, update } =
  applySteps(world, "commit");

/** The first commits of an outcome are answered like this instead of being made. */
function refusing(times: number, refuse: () => CommitAnswer | Promise<CommitAnswer>): ApplyDependencies {
  const given = world().dependencies();
  let refused = 0;
  return {
    ...given,
    commits: {
      async commit(commit) {
        if (commit.outcome === undefined || refused >= times) return await given.commits.commit(commit);
        refused += 1;
        return await refuse();
      },
    },
  };
}
const unavailable = () => Promise.reject(new TypeError("the table is not there"));

describe("a confirmed write whose commit failed", () => {
  it.each<[string, () => CommitAnswer | Promise<CommitAnswer>, string]>([
    ["because the table was not there", unavailable, "unexpected-failure"],
    [
      "because there was contention until the lease ended",
      () => ({ committed: false, reason: "contention" }),
      "contention",
    ],
  ])("%s: the next attempt adopts it with its receipt", async (_why, refuse, reason) => {
    const id = world().createOutside();
    const request = update(id, [{ op: "add", path: "/metrics/-", value: "once" }]);
    const dependencies = refusing(100, refuse);
    expect(await world().apply(request, { dependencies })).toMatchObject({ kind: "wait", reason });
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(effects(id)).toEqual(["updated"]);
    expect((await world().versions(id))[1]?.record).toMatchObject({
      source: "adopted",
      requestId: request["requestId"],
      receipt: { status: 200, durationMs: expect.any(Number) },
    });
  });

  it("is adopted even where an outsider has taken it back: the provider has said that it happened", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Refunds" });
    await world().apply(request, { dependencies: refusing(1, unavailable) });
    outside(id, { name: "Refund" });
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("PUT")).toHaveLength(1);
    expect(await result(request)).toMatchObject({
      differences: [{ pointer: "/name", sent: "Refunds", stored: "Refund" }],
    });
  });

  it("of a create: the definition that was named is read, no list is needed", async () => {
    const request = create();
    await world().apply(request, { dependencies: refusing(1, unavailable) });
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("POST")).toHaveLength(1);
    expect(calls("GET").map(({ path }) => path.split("/")[1])).toEqual(["get-test-case-definition"]);
    const { definitionId = "" } = (await result(request)) ?? {};
    expect((await world().versions(definitionId))[0]?.record).toMatchObject({
      source: "adopted",
      receipt: { status: 201 },
    });
  });

  it("of a create that a GET does not find while the scope's list shows it: it waits, nothing is recorded as gone", async () => {
    const request = create();
    await world().apply(request, { dependencies: refusing(1, unavailable) });
    world().settle();
    fault("GET", { match: { path: "/get-test-*" }, apply: "never", answer: { status: 404 } });
    expect(await world().apply(request)).toMatchObject({ kind: "wait" });
    expect(await world().apply(request)).toEqual(applied);
    const { definitionId = "" } = (await result(request)) ?? {};
    expect(await history(definitionId)).toEqual(["created adopted"]);
    expect(await world().mirror(definitionId)).toMatchObject({ deleted: false });
  });

  it("of a create that somebody has deleted since: it is not made again", async () => {
    const request = create();
    await world().apply(request, { dependencies: refusing(1, unavailable) });
    const [made] = world().simulator.workspace.definitions();
    deleteOutside(String(made?.["test_case_definition_id"]));
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("POST")).toHaveLength(1);
    expect(world().simulator.workspace.definitions()).toEqual([]);
  });

  it("of a delete: it is found gone, and adopted with its receipt", async () => {
    const id = world().createOutside();
    const request = remove(id);
    await world().apply(request, { dependencies: refusing(1, unavailable) });
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("DELETE")).toHaveLength(1);
    expect((await world().versions(id))[1]?.record).toMatchObject({
      deleted: true,
      receipt: { status: 204 },
    });
  });
});

describe("a commit", () => {
  it("that meets another transaction is made again", async () => {
    const id = world().createOutside();
    const dependencies = refusing(3, () => ({ committed: false, reason: "contention" }));
    expect(await world().apply(update(id, { name: "Refunds" }), { dependencies })).toEqual(applied);
    expect(await history(id)).toEqual(["baseline observed_before_write", "updated change_request"]);
  });

  it("that succeeded, but was not answered: the record is terminal by this attempt, so it is done", async () => {
    const id = world().createOutside();
    const given = world().dependencies();
    const dependencies: ApplyDependencies = {
      ...given,
      commits: {
        async commit(commit) {
          const answer = await given.commits.commit(commit);
          return commit.outcome === undefined ? answer : await unavailable();
        },
      },
    };
    const request = update(id, { name: "Refunds" });
    await world().apply(request, { dependencies });
    expect(await world().record(request)).toMatchObject({ status: "applied", result: { version: 2 } });
    expect(await world().apply(request)).toEqual(applied);
    expect(await history(id)).toHaveLength(2);
    expect(await world().apply(update(id, { name: "Next" }))).toEqual(applied);
  });

  it("that meets a new head while the claim is ours goes onto that head: the create is not sent again", async () => {
    world().simulator.workspace.addFault({ match: { method: "POST" }, answerAfterMs: 800 });
    const creating = world().apply(create({ ...refundCase, name: "Early" }));
    const id = await waitFor(
      () => String(world().simulator.workspace.definitions()[0]?.["test_case_definition_id"] ?? ""),
      { timeoutMs: 5_000, what: "the definition" },
    );
    expect(await world().apply(update(id, { name: "Edited early" }))).toEqual(applied);
    expect(await creating).toEqual(applied);
    expect(calls("POST")).toHaveLength(1);
    expect((await world().versions(id)).map(({ record }) => record.version)).toEqual([1, 2, 3]);
  });

  it("of an attempt that lost its claim changes nothing: whoever has the claim now finds out", async () => {
    const id = world().createOutside();
    await world().apply(update(id, {}));
    const given = world().dependencies();
    const request = update(id, [{ op: "add", path: "/metrics/-", value: "once" }]);
    let redelivered: unknown;
    const zombie: ApplyDependencies = {
      ...given,
      commits: {
        // The invocation should have ended long ago: meanwhile the message was delivered again.
        async commit(commit) {
          world().clock.pass(20_001);
          redelivered ??= await world().apply(request);
          return await given.commits.commit(commit);
        },
      },
    };
    expect(await world().apply(request, { dependencies: zombie })).toMatchObject({
      kind: "wait",
      reason: "claim-lost",
    });
    expect(redelivered).toMatchObject({ kind: "wait", reason: "settles" });
    expect(await history(id)).toHaveLength(1);
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(effects(id)).toEqual(["updated"]);
    expect(stored(id)["metrics"]).toEqual(["The agent offers a refund", "once"]);
  });
});
