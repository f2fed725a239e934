/** Faults: what goes wrong, with which request, and what of it takes effect. */
import { afterEach, describe, expect, test } from "vitest";
import type { FaultInput } from "../../../infra/local/simulators/fault.ts";
import { waitFor } from "../../support/wait-for.ts";
import { call, idsOf, input, listOfLlm, startWorld, storedId, type World } from "./retell-fixture.ts";

const update = `/update-test-case-definition/${storedId}`;
const renamed = { ...input, name: "Renamed" };
let world: World;
afterEach(() => world.close());

const storedName = () => world.workspace.definition(storedId)?.["name"];
const put = () => world.call("PUT", update, renamed);

async function worldWith(...faults: FaultInput[]): Promise<void> {
  world = await startWorld({ faults, definitions: 3 });
}

/** Resolves once the simulator waits for its clock. */
const waiting = () => waitFor(() => world.clock.pending > 0, { timeoutMs: 5_000, what: "a waiting request" });

describe("answers that do not come", () => {
  test("a slow request takes effect only after its delay", async () => {
    await worldWith({ delayMs: 500 });
    const answer = put();
    await waiting();
    expect(storedName()).toBe(input.name);
    world.clock.advance(500);
    expect((await answer).status).toBe(200);
    expect(storedName()).toBe("Renamed");
  });

  test("a late answer comes after the effect", async () => {
    await worldWith({ answerAfterMs: 60_000 });
    const answer = put();
    await waiting();
    expect(storedName()).toBe("Renamed");
    expect(world.workspace.requests()).toMatchObject([{ delivery: "pending", applied: true }]);
    world.clock.advance(60_000);
    expect((await answer).status).toBe(200);
  });

  test.each([
    ["now", "Renamed", true],
    ["never", input.name, false],
  ] as const)("a reset of a request applied %s", async (apply, name, applied) => {
    await worldWith({ apply, answer: "reset" });
    await expect(put()).rejects.toMatchObject({ cause: { code: "ECONNRESET" } });
    expect(storedName()).toBe(name);
    const [request] = world.workspace.requests();
    expect(request).toMatchObject({ delivery: "reset", applied, fault: 1 });
    expect(request).not.toHaveProperty("status");
  });

  test("an answer that never comes leaves the client to its own deadline", async () => {
    await worldWith({ answer: "never" });
    const signal = AbortSignal.timeout(100);
    const answer = fetch(`${world.url}${update}`, {
      method: "PUT",
      headers: { authorization: "Bearer key_test", "content-type": "application/json" },
      body: JSON.stringify(renamed),
      signal,
    });
    await expect(answer).rejects.toMatchObject({ name: "TimeoutError" });
    expect(storedName()).toBe("Renamed");
  });
});

describe("writes that are committed late", () => {
  test("the answer is lost now, the write takes effect later and says which request it was", async () => {
    await worldWith({ apply: { afterMs: 5_000 }, answer: "reset" });
    await expect(put()).rejects.toThrow();
    world.clock.advance(4_999);
    expect(storedName()).toBe(input.name);
    world.clock.advance(1);
    expect(storedName()).toBe("Renamed");
    expect(world.workspace.effects()).toMatchObject([
      { kind: "updated", at: world.clock.now(), cause: { by: "late-commit", request: 1 } },
    ]);
    expect(world.workspace.requests()).toMatchObject([{ applied: true, appliedAt: world.clock.now() }]);
  });

  test("a late write overwrites what came between, and does nothing to what is gone", async () => {
    await worldWith({ apply: { afterMs: 5_000 }, answer: "reset", match: { times: 2 } });
    await expect(put()).rejects.toThrow();
    world.workspace.edit({ action: "rename", definitionId: storedId, name: "By a colleague" });
    world.clock.advance(5_000);
    expect(storedName()).toBe("Renamed");
    await expect(put()).rejects.toThrow();
    world.workspace.edit({ action: "delete", definitionId: storedId });
    world.clock.advance(5_000);
    expect(storedName()).toBeUndefined();
    expect(world.workspace.requests()[1]).toMatchObject({ applied: false });
  });

  test("a write that was never committed leaves nothing", async () => {
    await worldWith({ apply: "never", answer: { status: 504, html: true } });
    expect((await put()).status).toBe(504);
    world.clock.advance(36_000_000);
    expect(world.workspace.effects()).toEqual([]);
  });
});

describe("answers that are broken", () => {
  test.each([
    [{ answer: { status: 500 } }, true],
    [{ apply: "never", answer: { status: 500 } }, false],
    [{ apply: "never", answer: { status: 403 } }, false],
    [{ apply: "never", answer: { status: 307, headers: { Location: "http://127.0.0.1:1/" } } }, false],
  ] satisfies [FaultInput, boolean][])("%j", async (fault, applied) => {
    await worldWith(fault);
    const answer = await put();
    expect(answer.status).toBe(fault.answer.status);
    expect(answer.json).toMatchObject({ status: "error" });
    expect(world.workspace.requests()).toMatchObject([{ applied, status: fault.answer.status }]);
  });

  test.each([200, 502])("an HTML page with status %s", async (status) => {
    await worldWith({ answer: { status, html: true } });
    const answer = await put();
    expect([answer.status, answer.headers.get("content-type")]).toEqual([status, "text/html"]);
    expect(answer.text).toContain("<html>");
  });

  test.each(["30", "0", "Wed, 21 Oct 2015 07:28:00 GMT", "soon", "86400"])(
    "a 429 with Retry-After %s",
    async (retryAfter) => {
      await worldWith({ apply: "never", answer: { status: 429, headers: { "Retry-After": retryAfter } } });
      expect((await put()).headers.get("retry-after")).toBe(retryAfter);
    },
  );

  test("JSON that stops in the middle, as a complete answer", async () => {
    await worldWith({ match: { method: "GET" }, answer: "truncated-json" });
    const response = await fetch(`${world.url}${listOfLlm}`, {
      headers: { authorization: "Bearer key_test" },
    });
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  test.each([
    ["stalled-body", "TimeoutError"],
    ["cut-body", "TypeError"],
  ] as const)("headers and half of the body, then a %s", async (answer, error) => {
    await worldWith({ answer });
    const response = await fetch(`${world.url}${update}`, {
      method: "PUT",
      headers: { authorization: "Bearer key_test", "content-type": "application/json" },
      body: JSON.stringify(renamed),
      signal: AbortSignal.timeout(300),
    });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toMatchObject({ name: error });
    expect(storedName()).toBe("Renamed");
  });
});

describe("pages that are broken", () => {
  const first = async (list: FaultInput["list"], path = listOfLlm) => {
    await worldWith({ ...(list === undefined ? {} : { list }), match: { times: "always" } });
    return (await world.call("GET", path)).json;
  };

  test("a page without items", async () => expect(await first("no-items")).toEqual({ has_more: false }));
  test("an empty page", async () => expect(await first("empty")).toEqual({ items: [], has_more: false }));
  test("a bare array", async () => expect(await first("bare-array")).toHaveLength(3));
  test("an item without an id", async () => {
    const ids = idsOf(await first("item-without-id"));
    expect(ids).toHaveLength(4);
    expect(ids[0]).toBeUndefined();
  });

  test("more pages without a key", async () => {
    const page = await first("more-without-key");
    expect(page).toMatchObject({ has_more: true });
    expect(page).not.toHaveProperty("pagination_key");
  });

  test("a cursor that repeats for ever", async () => {
    const path = `${listOfLlm}&limit=1`;
    const { pagination_key: key } = await first("repeating-key", path);
    const second = await world.call("GET", `${path}&pagination_key=${key}`);
    expect(second.json).toMatchObject({ has_more: true, pagination_key: key });
  });

  test("an item that is missing although GET finds it", async () => {
    expect(idsOf(await first({ omit: [storedId] }))).not.toContain(storedId);
    expect((await world.call("GET", `/get-test-case-definition/${storedId}`)).status).toBe(200);
  });

  test("an item on two pages", async () => {
    const third = "test_case_000000000003";
    const path = `${listOfLlm}&limit=2`;
    await worldWith({ match: { method: "GET", nth: 2 }, list: { add: [third] } });
    const { json } = await world.call("GET", path);
    const second = await world.call("GET", `${path}&pagination_key=${json["pagination_key"]}`);
    expect(idsOf(json)).toContain(third);
    expect(idsOf(second.json)).toEqual([storedId, third]);
  });
});

describe("which request meets a fault", () => {
  test("method, path and query have to match", async () => {
    await worldWith(
      {
        match: { method: "PUT", path: "/update-test-case-definition/*" },
        apply: "never",
        answer: { status: 500 },
      },
      { match: { query: { llm_id: "llm_b" } }, apply: "never", answer: { status: 502 } },
    );
    expect((await world.call("GET", listOfLlm)).status).toBe(200);
    expect((await world.call("GET", listOfLlm.replace("llm_a", "llm_b"))).status).toBe(502);
    expect((await put()).status).toBe(500);
    expect((await put()).status).toBe(200);
  });

  test("a refused key meets no fault", async () => {
    await worldWith({ apply: "never", answer: { status: 500 } });
    expect((await call(world.url, "GET", listOfLlm, undefined, { authorization: "Bearer no" })).status).toBe(
      401,
    );
    expect((await put()).status).toBe(500);
  });
});
