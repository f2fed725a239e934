import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { retell } from "./synthesized-stack.ts";

const repository = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "test-case-sync-app-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the app as the local stack does: without the CDK CLI. */
function synthesize(name: string, context: Record<string, unknown>) {
  const output = join(folder, name);
  const { status, stderr } = spawnSync(process.execPath, ["infra/app.ts"], {
    cwd: repository,
    encoding: "utf8",
    env: { ...process.env, CDK_OUTDIR: output, CDK_CONTEXT_JSON: JSON.stringify(context) },
  });
  return { status, stderr, output };
}

const withoutBundles = { "aws:cdk:bundling-stacks": [] };

// Each test is a process of its own that loads the CDK.
describe("infra/app.ts", { timeout: 60_000 }, () => {
  test("passes the AWS Solutions checks and puts every function's bundle where the template says", () => {
    const { status, stderr, output } = synthesize("checked", { connections: [retell] });
    expect(status, stderr).toBe(0);
    const template = JSON.parse(readFileSync(join(output, "test-case-sync.template.json"), "utf8"));
    // The checks leave the acknowledged findings in the template: that they did run.
    expect(JSON.stringify(template)).toContain("AwsSolutions-SMG4");
    const functions = Object.values<{ Type: string; Metadata?: Record<string, string> }>(
      template.Resources,
    ).filter(({ Type }) => Type === "AWS::Lambda::Function");
    expect(functions).toHaveLength(7);
    for (const { Metadata } of functions) {
      const bundle = join(output, Metadata?.["aws:asset:path"] ?? "no metadata", "index.mjs");
      expect(existsSync(bundle), bundle).toBe(true);
    }
  });

  test("runs without the checks where the context says so", () => {
    const { status, stderr, output } = synthesize("unchecked", {
      connections: [retell],
      nag: "false",
      ...withoutBundles,
    });
    expect(status, stderr).toBe(0);
    expect(readFileSync(join(output, "test-case-sync.template.json"), "utf8")).not.toContain("AwsSolutions");
  });

  test("names every fault of the connections on a line of its own and ends with 1, without a stack trace", () => {
    const { status, stderr, output } = synthesize("faulty", {
      connections: [
        { ...retell, id: "Retell EU", provider: "nobody" },
        { ...retell, baseUrl: "ftp://api.retellai.com" },
      ],
      ...withoutBundles,
    });
    expect(status).toBe(1);
    expect(stderr).toContain("The connections are not valid:");
    expect(stderr).toMatch(/connections\[0\]\["id"\]: must be 1 to 32/);
    expect(stderr).toMatch(/connections\[0\]\["provider"\]: /);
    expect(stderr).toMatch(/connections\[1\]\["baseUrl"\]: must be an http/);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(existsSync(join(output, "test-case-sync.template.json"))).toBe(false);
  });

  test("says so when the context has no connections at all", () => {
    const { status, stderr } = synthesize("missing", withoutBundles);
    expect(status).toBe(1);
    expect(stderr).toContain("connections:");
  });
});
