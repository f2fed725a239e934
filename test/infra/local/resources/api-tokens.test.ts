import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { apiTokensSecret, keepApiTokens } from "../../../../infra/local/resources/api-tokens.ts";

describe("the API's tokens", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "api-tokens-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("are made once and kept, readable for their owner only", () => {
    const file = join(folder, "tokens.json");
    const tokens = keepApiTokens(file);
    expect(keepApiTokens(file)).toEqual(tokens);
    expect(keepApiTokens(join(folder, "other.json"))).not.toEqual(tokens);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("stand in the secret as salted hashes only", () => {
    const tokens = keepApiTokens(join(folder, "tokens.json"));
    const secret = apiTokensSecret(tokens);
    const { tokens: stored } = JSON.parse(secret);
    expect(stored.map(({ subject, role }: { subject: string; role: string }) => [subject, role])).toEqual([
      ["local-reader", "reader"],
      ["local-editor", "editor"],
      ["local-operator", "operator"],
    ]);
    const saltThenToken = Buffer.concat([
      Buffer.from(stored[1].salt, "hex"),
      Buffer.from(tokens.editor.token),
    ]);
    expect(stored[1].hash).toBe(createHash("sha256").update(saltThenToken).digest("hex"));
    for (const { token } of Object.values(tokens)) expect(secret).not.toContain(token);
  });
});
