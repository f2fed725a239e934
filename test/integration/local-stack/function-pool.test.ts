/** How the local stack runs functions, compared with what Lambda does. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { FunctionPool } from "../../../infra/local/functions/function-pool.ts";
import type { FunctionSettings, InvocationResult } from "../../../infra/local/functions/function-process.ts";
import { isRunning } from "../../support/is-running.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { waitFor } from "../../support/wait-for.ts";
import { fixtureSettings } from "./fixture-settings.ts";

type Fixture = { readonly pool: FunctionPool; readonly folder: string; readonly changes: number[][] };

function fixture(maximumProcesses = 1, settings: Partial<FunctionSettings> = {}): Fixture {
  const folder = temporaryFolder();
  const changes: number[][] = [];
  const pool = new FunctionPool(fixtureSettings(folder, settings), maximumProcesses, () =>
    changes.push(pool.processIds),
  );
  onTestFinished(() => pool.stop(0));
  return { pool, folder, changes };
}

function answerOf(result: InvocationResult) {
  if (!result.ok) throw new Error(`the invocation failed: ${result.errorType}: ${result.message}`);
  return JSON.parse(result.payload);
}

const deadline = (what: string) => ({ timeoutMs: 10_000, what });

describe("a function", () => {
  it("handles one event after another in one process", async () => {
    const { pool } = fixture();
    await pool.warm();
    const [processId] = pool.processIds;
    const answers = await Promise.all([1, 2, 3].map(() => pool.invoke({ do: "tell" })));
    expect(answers.map(answerOf)).toMatchObject([1, 2, 3].map((invocations) => ({ processId, invocations })));
  });

  it("gets its event, Lambda's context and exactly its environment, in its bundle's folder", async () => {
    const environment = { TABLE: "state", AWS_LAMBDA_FUNCTION_NAME: "fixture" };
    const { pool } = fixture(1, { environment });
    const { event, context, environment: seen, cwd } = answerOf(await pool.invoke({ do: "tell", ä: [1] }));
    expect(event).toEqual({ do: "tell", ä: [1] });
    expect(seen).toEqual(environment);
    expect(cwd).toMatch(/fixture-bundle$/);
    expect(context).toMatchObject({
      functionName: "fixture",
      invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:fixture",
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(context.remainingMs).toBeGreaterThan(15_000);
    expect(context.remainingMs).toBeLessThanOrEqual(20_000);
  });

  it("that returns nothing answers null", async () => {
    expect(await fixture().pool.invoke({})).toEqual({ ok: true, payload: "null" });
  });

  it("gets as many processes as there are events at a time, up to its maximum, and the rest waits", async () => {
    const { pool, folder } = fixture(2);
    const gate = join(folder, "gate");
    const started = (n: number) => join(folder, `started-${n}`);
    const invocations = [0, 1, 2].map((n) => pool.invoke({ do: "wait", gate, started: started(n) }));
    await waitFor(() => [0, 1].every((n) => existsSync(started(n))), deadline("two invocations"));
    expect(pool.processIds).toHaveLength(2);
    expect(existsSync(started(2))).toBe(false);
    writeFileSync(gate, "");
    const processIds = (await Promise.all(invocations)).map((result) => answerOf(result).processId);
    expect(new Set(processIds).size).toBe(2);
    expect(pool.processIds.toSorted()).toEqual([...new Set(processIds)].toSorted());
  });

  it("says when it has room for another event", async () => {
    const { pool, folder } = fixture(1);
    await pool.untilRoom();
    const gate = join(folder, "gate");
    const started = join(folder, "started");
    const invocation = pool.invoke({ do: "wait", gate, started });
    await waitFor(() => existsSync(started), deadline("the invocation"));
    let room = false;
    const untilRoom = pool.untilRoom().then(() => {
      room = true;
    });
    await nextTurn();
    expect(room).toBe(false);
    writeFileSync(gate, "");
    await Promise.all([invocation, untilRoom]);
  });

  it("that throws fails, and its process goes on", async () => {
    const { pool } = fixture();
    expect(await pool.invoke({ do: "throw" })).toEqual({
      ok: false,
      errorType: "TypeError",
      message: "as told",
    });
    expect(answerOf(await pool.invoke({ do: "tell" }))).toMatchObject({ invocations: 2 });
  });

  it("whose process ends in the middle fails, and the next event finds a new process", async () => {
    const { pool, changes } = fixture();
    await pool.warm();
    const [first] = pool.processIds;
    expect(await pool.invoke({ do: "exit" })).toEqual({
      ok: false,
      errorType: "Runtime.ExitError",
      message: "Runtime exited: exit code 3",
    });
    const { processId, invocations } = answerOf(await pool.invoke({ do: "tell" }));
    expect(processId).not.toBe(first);
    expect(invocations).toBe(1);
    expect(pool.processIds).toEqual([processId]);
    expect(changes.at(-1)).toEqual([processId]);
  });

  it("that is killed while it has nothing to do is started again", async () => {
    const { pool, changes } = fixture();
    await pool.warm();
    const [first = 0] = pool.processIds;
    process.kill(first, "SIGKILL");
    await waitFor(() => changes.at(-1)?.some((id) => id !== first), deadline("another process"));
    expect(pool.processIds).not.toContain(first);
    expect(answerOf(await pool.invoke({ do: "tell" })).processId).toBe(pool.processIds[0]);
  });

  it.each(["hang", "spin"])("is killed when it runs past its timeout: %s", async (what) => {
    const { pool, folder } = fixture(1, { timeoutMs: 700 });
    await pool.warm();
    const [processId = 0] = pool.processIds;
    expect(await pool.invoke({ do: what })).toEqual({
      ok: false,
      errorType: "Sandbox.Timedout",
      message: "Task timed out after 0.70 seconds",
    });
    expect(isRunning(processId)).toBe(false);
    expect(readFileSync(join(folder, "fixture.log"), "utf8")).toContain(
      "it ran past its timeout of 0.70 seconds",
    );
    expect(answerOf(await pool.invoke({ do: "tell" })).processId).not.toBe(processId);
  });

  it("writes what it prints into its log", async () => {
    const { pool, folder } = fixture();
    await pool.invoke({ print: "hello" });
    expect(readFileSync(join(folder, "fixture.log"), "utf8")).toContain("printed: hello\n");
  });

  it.each([
    ["missing.handler", "there is no missing.js"],
    ["index.other", 'does not export a function "other"'],
    ["index.notAFunction", 'does not export a function "notAFunction"'],
  ])("that cannot be loaded says why, and fails its events: %s", async (handler, reason) => {
    const { pool } = fixture(1, { handler });
    await expect(pool.warm()).rejects.toThrow(reason);
    expect(await pool.invoke({})).toMatchObject({ ok: false, errorType: "Runtime.InitError" });
    expect(await pool.invoke({})).toMatchObject({ message: expect.stringContaining(reason) });
  });

  it("has Lambda's limit of 6 MB for its event and its answer", async () => {
    const { pool } = fixture();
    const megabytes = (count: number) => count * 1_024 * 1_024;
    expect(answerOf(await pool.invoke({ do: "fill", bytes: megabytes(5) }))).toHaveLength(megabytes(5));
    expect(await pool.invoke({ do: "fill", bytes: megabytes(7) })).toMatchObject({
      ok: false,
      errorType: "Function.ResponseSizeTooLarge",
    });
    expect(await pool.invoke({ do: "tell", filler: "x".repeat(megabytes(7)) })).toMatchObject({
      ok: false,
      errorType: "RequestEntityTooLargeException",
    });
  });

  it("may finish what it does when the stack stops, and is killed when it takes too long", async () => {
    for (const finishes of [true, false]) {
      const { pool, folder } = fixture();
      const [gate, started] = [join(folder, "gate"), join(folder, "started")];
      const invocation = pool.invoke({ do: "wait", gate, started });
      await waitFor(() => existsSync(started), deadline("the invocation"));
      const stopped = pool.stop(finishes ? 10_000 : 100);
      if (finishes) writeFileSync(gate, "");
      await stopped;
      expect(await invocation).toMatchObject(finishes ? { ok: true } : { errorType: "Runtime.ExitError" });
      expect(pool.processIds).toEqual([]);
      expect(await pool.invoke({ do: "tell" })).toMatchObject({ ok: false, errorType: "Stopped" });
    }
  });
});
