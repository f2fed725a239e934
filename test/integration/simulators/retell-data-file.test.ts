/** What of a simulated Retell outlives its process: the data file, and the child process of the local stack. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startRetellSimulator } from "../../../infra/local/simulators/retell/start-retell-simulator.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { call, idsOf, input, listOfLlm, seed, storedId } from "./retell-fixture.ts";

const get = `/get-test-case-definition/${storedId}`;
const update = `/update-test-case-definition/${storedId}`;
let folder: string;
let dataFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "retell-simulator-"));
  dataFile = join(folder, "nested", "retell.json");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a simulator with a data file", () => {
  test("finds every effect again, and wins over the seed", async () => {
    const first = await startRetellSimulator({ seed: [seed(2)], dataFile });
    first.workspace.edit({ action: "delete-engine", type: "conversation-flow", id: "conversation_flow_b" });
    const created = await call(first.url, "POST", "/create-test-case-definition", { ...input, name: "Kept" });
    first.workspace.edit({ action: "edit", definitionId: storedId, set: { weight: 1 } });
    await call(first.url, "PUT", update, JSON.stringify(input).replace('"version":1', '"version":1.0'));
    await call(first.url, "DELETE", "/delete-test-case-definition/test_case_000000000002");
    const gone = await call(first.url, "POST", "/create-test-case-definition", input);
    await call(first.url, "DELETE", `/delete-test-case-definition/${gone.json["test_case_definition_id"]}`);
    const before = first.workspace.snapshot().workspaces;
    const text = (await call(first.url, "GET", get)).text;
    await first.close();
    const second = await startRetellSimulator({ seed: [seed(1)], dataFile });
    expect(second.workspace.snapshot().workspaces).toEqual(before);
    expect(before).toMatchObject([{ deletedEngines: ["conversation-flow:conversation_flow_b"] }]);
    expect((await call(second.url, "GET", get)).text).toBe(text);
    expect(text).toContain('"version":1.0');
    const next = await call(second.url, "POST", "/create-test-case-definition", input);
    const ids = [created, gone, next].map(({ json }) => json["test_case_definition_id"]);
    expect(new Set(ids).size).toBe(3);
    await second.close();
    expect(readdirSync(join(folder, "nested"))).toEqual(["retell.json"]);
  });

  test("does not start on a file that is no data file", async () => {
    await (await startRetellSimulator({ dataFile })).close();
    writeFileSync(dataFile, readFileSync(dataFile, "utf8").slice(0, 30));
    await expect(startRetellSimulator({ dataFile })).rejects.toThrow("not a JSON text");
  });
});

describe("a simulator in its own process", () => {
  const processes: ChildProcess[] = [];
  afterEach(() => {
    for (const child of processes.splice(0)) child.kill("SIGKILL");
  });

  async function start(options: JsonObject): Promise<{ child: ChildProcess; url: string }> {
    const SIMULATOR_OPTIONS = JSON.stringify({
      provider: "retell",
      connection: "retell",
      apiKey: "key_x",
      ...options,
    });
    const child = fork("infra/local/simulators/simulator-process.ts", {
      env: { ...process.env, SIMULATOR_OPTIONS },
    });
    processes.push(child);
    const [message] = (await once(child, "message")) as [{ ready: boolean; url: string }];
    expect(message.ready).toBe(true);
    return { child, url: message.url };
  }
  const authorization = "Bearer key_x";

  test("serves the demo, keeps what was answered over kill -9, and ends with its parent", async () => {
    const first = await start({ demo: true, dataFile });
    const path = "/update-test-case-definition/test_case_0096626d5af9";
    const { json } = await call(first.url, "GET", path.replace("update", "get"), undefined, {
      authorization,
    });
    const { status } = await call(first.url, "PUT", path, { ...json, name: "Survives" }, { authorization });
    expect(status).toBe(200);
    first.child.kill("SIGKILL");
    await once(first.child, "exit");
    const second = await start({ demo: true, dataFile });
    const again = await call(second.url, "GET", path.replace("update", "get"), undefined, { authorization });
    expect(again.json["name"]).toBe("Survives");
    second.child.disconnect();
    expect(await once(second.child, "exit")).toEqual([0, null]);
  });

  test("has the demo's engines but no definitions without the demo, and ends on SIGTERM", async () => {
    const { child, url } = await start({ demo: false });
    const llms = await call(url, "GET", "/v2/list-retell-llms", undefined, { authorization });
    const [llm] = llms.json["items"] as JsonObject[];
    const list = listOfLlm.replace("llm_a", String(llm?.["llm_id"]));
    expect(idsOf((await call(url, "GET", list, undefined, { authorization })).json)).toEqual([]);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  test("that cannot have its port says so in one line and exits with 1", async () => {
    const { url } = await start({});
    const options = {
      provider: "retell",
      connection: "retell",
      apiKey: "k",
      port: Number(new URL(url).port),
    };
    const child = fork("infra/local/simulators/simulator-process.ts", {
      env: { ...process.env, SIMULATOR_OPTIONS: JSON.stringify(options) },
      silent: true,
    });
    processes.push(child);
    const lines: string[] = [];
    child.stderr?.on("data", (chunk: Buffer) => lines.push(chunk.toString()));
    expect(await once(child, "close")).toEqual([1, null]);
    expect(lines.join("")).toMatch(/^The simulator did not start: .*EADDRINUSE.*\n$/);
  });
});
