import { describe, expect, it } from "vitest";
import { messageGroupId } from "../../../../shared/change-request/submission/message-group-id.ts";
import { sha256Hex } from "../../../../shared/definition/document/canonical-form.ts";

const ofDefinition = (definitionId: string) =>
  messageGroupId({ kind: "definition", connection: "retell", definitionId });
const ofCreate = (scope: string) => messageGroupId({ kind: "create", connection: "retell", scope });

describe("a message group", () => {
  it("is a definition's, or that of the creates in a scope", () => {
    expect(ofDefinition("test_case_1")).toBe("retell#test_case_1");
    expect(ofCreate("retell-llm:llm_1")).toBe("retell#create#retell-llm:llm_1");
  });

  it("is as long as SQS takes, and hashed beyond", () => {
    const longest = "x".repeat(128 - "retell#".length);
    expect(ofDefinition(longest)).toBe(`retell#${longest}`);
    expect(ofDefinition(`${longest}x`)).toBe(`retell#${sha256Hex(`retell#${longest}x`)}`);
  });

  it.each(["Fälle", "a b", "a\nb", "🐙", "\u007f"])(
    "of an id that SQS does not take (%j) is hashed",
    (id) => {
      expect(ofDefinition(id)).toMatch(/^retell#[0-9a-f]{64}$/);
      expect(ofDefinition(id)).not.toBe(ofDefinition(`${id}x`));
    },
  );

  it("keeps all of ASCII's punctuation", () => {
    const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    expect(ofDefinition(punctuation)).toBe(`retell#${punctuation}`);
  });
});
