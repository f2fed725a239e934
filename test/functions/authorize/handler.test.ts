import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createHandler } from "../../../functions/authorize/handler.ts";
import type { SecretCache } from "../../../shared/platform/secret-cache.ts";

const salt = "00ff10";
const token = "editor-token_1.~+/-=";
const hash = createHash("sha256").update(Buffer.from(salt, "hex")).update(token).digest("hex");
const secretsWith = (value: string): SecretCache => ({
  get: async () => ({ text: value, version: "1" }),
});
const authorize = (
  authorization?: string,
  secrets = secretsWith(JSON.stringify({ tokens: [{ subject: "ana", role: "editor", salt, hash }] })),
) =>
  createHandler({ secrets, tokensArn: "arn" })({
    headers: authorization === undefined ? {} : { authorization },
  });

describe("the authorizer", () => {
  it.each([`Bearer ${token}`, `bearer ${token}`, `BEARER   ${token}`])(
    "knows whose token %j has",
    async (header) => {
      expect(await authorize(header)).toEqual({
        isAuthorized: true,
        context: { subject: "ana", role: "editor" },
      });
    },
  );

  it.each([
    undefined,
    "",
    "Bearer",
    "Bearer ",
    token,
    `Basic ${token}`,
    `Bearer ${token}x`,
    `Bearer ${token},Bearer ${token}`,
    `Bearer ${token} `,
    `Bearer ${"x".repeat(5_000)}`,
    `Bearer ${hash}`,
  ])("gives nobody a role for %j, and leaves the answer to the API", async (header) => {
    expect(await authorize(header)).toEqual({ isAuthorized: true, context: { role: "none" } });
  });

  it("fails where the tokens cannot be read: a right token must not look wrong", async () => {
    const unreadable: SecretCache = { get: () => Promise.reject(new Error("no answer")) };
    await expect(authorize(`Bearer ${token}`, unreadable)).rejects.toThrow("no answer");
    await expect(authorize(`Bearer ${token}`, secretsWith("{}"))).rejects.toThrow("not valid");
  });

  it("reads no secret for a request without a token", async () => {
    const untouched: SecretCache = { get: () => Promise.reject(new Error("touched")) };
    expect(await authorize(undefined, untouched)).toMatchObject({ context: { role: "none" } });
  });
});
