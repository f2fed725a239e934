import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  type ApiToken,
  ApiTokensError,
  callerWith,
  parseApiTokens,
} from "../../../shared/access/api-tokens.ts";
import { roleAllows, roles } from "../../../shared/access/role.ts";

const tokenOf = (subject: string, role: ApiToken["role"], token: string, salt = "a0"): ApiToken => ({
  subject,
  role,
  salt,
  hash: createHash("sha256").update(Buffer.from(salt, "hex")).update(token).digest("hex"),
});
const tokens = [
  tokenOf("ana", "reader", "first"),
  tokenOf("bo", "editor", "second", "b1"),
  tokenOf("ci", "operator", "dritté"),
];

describe("a token", () => {
  it("tells whose it is, wherever it stands in the list", () => {
    expect(callerWith("first", tokens)).toEqual({ subject: "ana", role: "reader" });
    expect(callerWith("second", tokens)).toEqual({ subject: "bo", role: "editor" });
    expect(callerWith("dritté", tokens)).toEqual({ subject: "ci", role: "operator" });
  });

  it("that nobody has belongs to nobody", () => {
    expect(callerWith("third", tokens)).toBeUndefined();
    expect(callerWith("", tokens)).toBeUndefined();
    expect(callerWith("first", [])).toBeUndefined();
  });
});

describe("the secret of the tokens", () => {
  it("is read with hashes in either case", () => {
    const upper = tokens.map((token) => ({ ...token, hash: token.hash.toUpperCase() }));
    const parsed = parseApiTokens(JSON.stringify({ tokens: upper, note: "kept elsewhere" }));
    expect(callerWith("second", parsed)).toEqual({ subject: "bo", role: "editor" });
    expect(parseApiTokens('{"tokens":[]}')).toEqual([]);
  });

  it.each([
    ["no JSON", "secret-text", "not JSON"],
    ["no tokens", "{}", "/tokens"],
    ["an unknown role", JSON.stringify({ tokens: [{ ...tokens[0], role: "admin" }] }), "/tokens/0/role"],
    [
      "a salt that is no hex",
      JSON.stringify({ tokens: [{ ...tokens[0], salt: "secret-text" }] }),
      "/tokens/0/salt",
    ],
    ["a short hash", JSON.stringify({ tokens: [{ ...tokens[0], hash: "00" }] }), "/tokens/0/hash"],
  ])("with %s is refused, saying where and never what", (_what, secret, expected) => {
    const parse = () => parseApiTokens(secret);
    expect(parse).toThrow(ApiTokensError);
    expect(parse).toThrow(expected);
    expect(parse).not.toThrow("secret-text");
  });
});

describe("roles", () => {
  it("allow what the ones before them allow", () => {
    const allowed = roles.map((role) => roles.filter((needed) => roleAllows(role, needed)));
    expect(allowed).toEqual([["reader"], ["reader", "editor"], ["reader", "editor", "operator"]]);
  });
});
