import { beforeEach, expect, it } from "vitest";
import { aDefinition, anApplyingRequest, application } from "../../contract/contract-data.ts";
import { storeContracts } from "../../contract/store-contracts.ts";
import { now } from "../../contract/stores-under-test.ts";
import { createMemoryStores } from "./memory-stores.ts";
import { createMemoryTables, type MemoryTables, targetId } from "./memory-tables.ts";

let tables: MemoryTables;
let time: number;
const stores = () => ({
  ...createMemoryStores(tables, { now: () => time }),
  expiryOf: async (target: Parameters<typeof targetId>[0]) => tables.targets.get(targetId(target))?.expiresAt,
});
beforeEach(() => {
  tables = createMemoryTables();
  time = now;
});

storeContracts(stores);

it("recognises a repeated commit for ten minutes", async () => {
  const { commits } = stores();
  const key = aDefinition();
  const commit = application(await anApplyingRequest(stores(), key), key);
  expect(await commits.commit(commit)).toEqual({ committed: true });
  time += 599_999;
  expect(await commits.commit(commit)).toEqual({ committed: true });
  time += 1;
  expect(await commits.commit(commit)).toEqual({ committed: false, reason: "request-settled" });
});

it("hands out snapshots that nobody can change", async () => {
  const { mirrors, commits } = stores();
  const key = aDefinition();
  const applying = await anApplyingRequest(stores(), key);
  const before = tables.targets.get(targetId(key));
  await commits.commit(application(applying, key));
  expect(before).toMatchObject({ claim: { token: applying.token } });
  expect(tables.targets.get(targetId(key))?.claim).toBeUndefined();
  const mirror = await mirrors.mirror(key);
  expect(() => Object.assign(mirror ?? {}, { version: 7 })).toThrow(TypeError);
});
