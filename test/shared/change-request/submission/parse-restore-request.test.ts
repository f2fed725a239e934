/** A restore's own field: a version, or an instant, and whether the engine's version stays. */
import { describe, expect, it } from "vitest";
import { parseChangeRequest } from "../../../../shared/change-request/submission/parse-change-request.ts";
import { parseConnections } from "../../../../shared/platform/config.ts";
import { dialectFor } from "../../../../shared/providers/dialect-for-connection.ts";

const [connection] = parseConnections([
  { id: "retell", provider: "retell", baseUrl: "https://api.retellai.com" },
]);
if (connection === undefined) throw new Error("no connection");
const dialect = dialectFor(connection);

const request = { requestId: "r", operation: "restore", definitionId: "test_case_1" };
const parse = (body: object) =>
  parseChangeRequest(JSON.stringify(body), {
    connection: "retell",
    otherConnection: "wrong-queue",
    dialectOf: () => dialect,
  });
const faultsOf = (body: object) => {
  const parsed = parse(body);
  return parsed.valid ? "valid" : parsed.faults.map(({ pointer }) => pointer);
};

describe("a restore", () => {
  it.each([
    ["to a version", { version: 3 }],
    ["to an instant", { at: "2026-11-21T10:00:00.5Z" }],
    ["to an instant of another zone", { at: "2026-11-21T10:00:00+02:00" }],
    ["that keeps the engine's version", { version: 3, keepEngineVersion: true }],
    ["that does not keep it", { at: "2026-11-21T10:00:00Z", keepEngineVersion: false }],
  ])("may be one %s", (_what, restore) => {
    const parsed = parse({ ...request, restore, expect: { version: 7 } });
    expect(parsed.valid && parsed.request).toMatchObject({ ...request, restore, expect: { version: 7 } });
  });

  it.each([
    ["to nothing", undefined, "/restore"],
    ["to neither version nor instant", {}, "/restore"],
    ["to both", { version: 1, at: "2026-11-21T10:00:00Z" }, "/restore"],
    ["to a version in words", { version: "1" }, "/restore"],
    ["to version 0", { version: 0 }, "/restore/version"],
    ["to half a version", { version: 1.5 }, "/restore"],
    ["to an instant without a zone", { at: "2026-11-21T10:00:00" }, "/restore/at"],
    ["to a day that there is not", { at: "2026-02-30T10:00:00Z" }, "/restore/at"],
    ["to an instant in milliseconds", { at: 1_795_255_200_000 }, "/restore"],
    ["with a member that nobody knows", { version: 1, keepVersion: true }, "/restore/keepVersion"],
    ["that keeps in words", { version: 1, keepEngineVersion: "yes" }, "/restore"],
  ])("is none %s", (_what, restore, pointer) => {
    expect(faultsOf({ ...request, restore })).toEqual([pointer]);
  });

  it("has no field of another operation, and no other operation has its own", () => {
    const restore = { version: 1 };
    expect(faultsOf({ ...request, restore, patch: {} })).toEqual(["/patch"]);
    expect(faultsOf({ ...request, restore, definition: {} })).toEqual(["/definition"]);
    expect(faultsOf({ ...request, operation: "update", patch: {}, restore })).toEqual(["/restore"]);
    expect(faultsOf({ ...request, operation: "delete", restore })).toEqual(["/restore"]);
  });

  it("names its definition", () => {
    const { definitionId, ...nameless } = request;
    expect(faultsOf({ ...nameless, restore: { version: 1 } })).toEqual(["/definitionId"]);
  });

  it("says what would be right", () => {
    const parsed = parse({ ...request, restore: { version: 1, at: "x" } });
    expect(parsed.valid ? [] : parsed.faults.map(({ message }) => message)).toEqual([
      'must be { "version": n } or { "at": "<RFC 3339>" }, with "keepEngineVersion" if wanted',
    ]);
  });
});
