/** Size and import time of each function's bundle, as the local stack (and a deployment) runs it. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Benchmark, Row } from "./run.ts";
import { percentile, rounded } from "./statistics.ts";

const repository = join(import.meta.dirname, "../..");
const IMPORTS = 9;

/** What the bundles' composition roots read; nothing is called. */
const environment = {
  AWS_REGION: "us-east-1",
  STATE_TABLE: "state",
  HISTORY_TABLE: "history",
  ANCHOR_BUCKET: "anchors",
  API_TOKENS_SECRET: "arn",
  CONNECTIONS: JSON.stringify([{ id: "retell", provider: "retell", baseUrl: "https://api.retellai.com" }]),
  CONNECTION_SECRETS: '{"retell":"arn"}',
  CHANGE_REQUEST_QUEUES: '{"retell":{"url":"https://queue","arn":"arn","deadLetterUrl":"https://dead"}}',
  RECONCILIATION_QUEUES: '{"retell":{"url":"https://runs","arn":"arn"}}',
};

type LambdaResource = {
  Type: string;
  Properties: { FunctionName?: string };
  Metadata?: Record<string, string>;
};

export async function benchBundles(): Promise<Benchmark> {
  const out = mkdtempSync(join(tmpdir(), "test-case-sync-bench-"));
  const { context } = JSON.parse(readFileSync(join(repository, "cdk.json"), "utf8"));
  execFileSync(process.execPath, ["infra/app.ts"], {
    cwd: repository,
    stdio: "ignore",
    env: {
      ...process.env,
      CDK_OUTDIR: out,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, nag: false, "aws:cdk:enable-asset-metadata": true }),
    },
  });
  const template = JSON.parse(readFileSync(join(out, "test-case-sync.template.json"), "utf8"));
  const rows: Row[] = Object.values(template.Resources as Record<string, LambdaResource>)
    .filter(({ Type }) => Type === "AWS::Lambda::Function")
    .map((resource) => bundleRow(resource, out));
  rmSync(out, { recursive: true, force: true });
  return {
    title: `Bundles (minified; import: median of ${IMPORTS} fresh processes, an empty module included)`,
    rows,
  };
}

function bundleRow({ Properties, Metadata = {} }: LambdaResource, out: string): Row {
  const file = join(out, Metadata["aws:asset:path"] ?? "", "index.mjs");
  const timing = `const t=performance.now();await import(${JSON.stringify(file)});process.stdout.write(String(performance.now()-t));process.exit()`;
  const times = Array.from({ length: IMPORTS }, () => {
    const { stdout, status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", timing], {
      env: environment,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`${file} cannot be imported: ${stderr}`);
    return Number(stdout);
  });
  const code = loadedAtStart(file);
  return {
    function: Properties.FunctionName ?? "?",
    "size KB": rounded(code.length / 1_000),
    "gzip KB": rounded(gzipSync(code).length / 1_000),
    "import ms": rounded(percentile(times, 0.5)),
    "import min ms": rounded(Math.min(...times)),
  };
}

/** The entry and what it imports statically; what is imported on demand is not loaded by a cold start. */
function loadedAtStart(entry: string): Buffer {
  const files = [entry];
  for (const file of files) {
    for (const [, name = ""] of readFileSync(file, "utf8").matchAll(
      /(?:from|import)\s*"\.\/([^"]+\.mjs)"/g,
    )) {
      const imported = join(dirname(file), name);
      if (!files.includes(imported)) files.push(imported);
    }
  }
  return Buffer.concat(files.map((file) => readFileSync(file)));
}
