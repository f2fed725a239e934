import { describe, expect, it } from "vitest";
import { providerMessage } from "../../../shared/providers/provider-message.ts";

describe("a provider's message", () => {
  it.each([
    ['{"status":"error","message":"Forbidden"}', "Forbidden"],
    ['{"error_message":"old style"}', "old style"],
    ['{"message":"","error":"second"}', "second"],
    ['{"message":{"text":"x"},"detail":"words"}', "words"],
    ['{"error":{"code":"invalid_body","message":"inside"}}', "inside"],
    ['{"message":{"message":"inside an object"},"status":400}', "inside an object"],
    ['{"detail":[{"loc":["body","name"],"msg":"field required"},{"msg":"second"}]}', "field required"],
  ])("is found in %s", (body, message) => {
    expect(providerMessage(body, "key_1")).toBe(message);
  });

  it.each([
    "",
    "<html>502</html>",
    "[]",
    '{"error":{"error":{"error":{"error":{"message":"too deep"}}}}}',
    '"words"',
    '{"message":7}',
    '{"message":"cut',
  ])("is absent in %j", (body) => {
    expect(providerMessage(body, "key_1")).toBeUndefined();
  });

  it("is cut to 1 000 characters without leaving half of one", () => {
    const message = providerMessage(JSON.stringify({ message: `${"a".repeat(999)}😀` }), "key_1");
    expect(message).toHaveLength(1_000);
    expect(message?.isWellFormed()).toBe(true);
  });

  it("never shows the key", () => {
    expect(providerMessage('{"message":"key key_1 is bad: key_1"}', "key_1")).toBe("key [key] is bad: [key]");
  });
});
