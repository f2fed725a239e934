/** Ten thousand scans of scopes in which nothing happens: nothing is written about any definition, and none is asked for. */
import { expect, it } from "vitest";
import { reconciliationWorld } from "../../support/reconciliation/reconciliation-world.ts";

const SCANS = 10_000;
const ENGINES = Array.from({ length: 10 }, (_, index) => `llm_${index}`);
const DEFINITIONS = 2;

it("10 000 quiet scans record nothing and ask for no definition", { timeout: 120_000 }, async () => {
  const world = reconciliationWorld({ engines: ENGINES });
  const { hooks, log, tables } = world;
  for (const engine of ENGINES) {
    for (let made = 1; made <= DEFINITIONS; made += 1) world.create(`${engine} ${made}`, engine);
  }
  // The first pass takes what is there; the second one has found out how lists show it.
  await world.reconcile();
  await world.reconcile();
  const mirrors = new Map(tables.targets);
  const versions = new Map([...tables.versions].map(([id, history]) => [id, history.size]));
  const calls = new Map<string, number>();
  hooks.before = ({ path }) => {
    const [, endpoint = ""] = path.split(/\/(?:v2\/)?|\?/);
    calls.set(endpoint, (calls.get(endpoint) ?? 0) + 1);
  };

  let scans = 0;
  while (scans < SCANS) {
    const { run, scopes } = await world.reconcile();
    scans += scopes.length;
    expect(run).toMatchObject({
      status: "completed",
      counts: { listed: ENGINES.length * DEFINITIONS, left: 0 },
    });
    // What runs leave behind is kept for 90 days; here it would only fill the memory.
    tables.runs.clear();
    tables.scopeRuns.clear();
    log.length = 0;
  }

  expect(scans).toBe(SCANS);
  expect(new Map(tables.targets)).toEqual(mirrors);
  for (const [id, mirror] of mirrors) expect(tables.targets.get(id)).toBe(mirror);
  expect(new Map([...tables.versions].map(([id, history]) => [id, history.size]))).toEqual(versions);
  expect([...versions.values()]).toEqual(Array.from({ length: ENGINES.length * DEFINITIONS }, () => 1));
  // One page of each scope; of each run the key and the lists of both kinds of engines.
  expect(Object.fromEntries(calls)).toEqual({
    "list-test-case-definitions": SCANS,
    "get-api-key-info": SCANS / ENGINES.length,
    "list-retell-llms": SCANS / ENGINES.length,
    "list-conversation-flows": SCANS / ENGINES.length,
  });
});
