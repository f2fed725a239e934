import { describe, expect, it } from "vitest";
import { queuedMessage } from "../../../../shared/change-request/submission/queued-message.ts";

const key = { connection: "retell", requestId: "edit-1" };
const idOf = (of: typeof key, epoch: number, body: string, group = "g") =>
  queuedMessage(of, epoch, group, body).deduplicationId;

describe("the message of a change request", () => {
  it("is the same one for the same request, body and epoch, whatever its group", () => {
    expect(idOf(key, 1, "{}", "g")).toBe(idOf(key, 1, "{}", "h"));
    expect(idOf(key, 2, "{}")).toBe(idOf(key, 2, "{}"));
  });

  it("is another one for another connection, request, epoch or body", () => {
    const ids = [
      idOf(key, 1, "{}"),
      idOf(key, 2, "{}"),
      idOf(key, 22, "{}"),
      idOf(key, 1, '{"a":1}'),
      idOf({ ...key, requestId: "edit-12" }, 1, "{}"),
      idOf({ ...key, connection: "retell-eu" }, 1, "{}"),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{64}$/);
  });
});
