import { describe, expect, it } from "vitest";
import { failedMessages } from "../../../../infra/local/functions/batch-response.ts";

const failed = (payload: string) => [...failedMessages(payload, ["a", "b", "c"])];
const failures = (...list: unknown[]) => JSON.stringify({ batchItemFailures: list });

describe("the answer to a batch", () => {
  it.each(["null", "{}", '{"batchItemFailures":null}', '{"batchItemFailures":[]}', '{"other":1}'])(
    "that names no failure is complete success: %s",
    (payload) => {
      expect(failed(payload)).toEqual([]);
    },
  );

  it("leaves exactly the messages that it names", () => {
    expect(failed(failures({ itemIdentifier: "b" }))).toEqual(["b"]);
    expect(
      failed(failures({ itemIdentifier: "c" }, { itemIdentifier: "a" }, { itemIdentifier: "c" })),
    ).toEqual(["c", "a"]);
  });

  it.each([
    failures({ itemIdentifier: "" }),
    failures({ itemIdentifier: null }),
    failures({ messageId: "b" }),
    failures({ itemIdentifier: "unknown" }),
    failures({ itemIdentifier: "b" }, { itemIdentifier: "unknown" }),
    failures("b"),
    '{"batchItemFailures":"b"}',
    '"done"',
    "7",
    "[]",
  ])("that is broken is complete failure: %s", (payload) => {
    expect(failed(payload)).toEqual(["a", "b", "c"]);
  });
});
