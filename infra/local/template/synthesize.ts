/** Runs the CDK app as `cdk synth` does and reads what it wrote: one template and the functions' bundles. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { StartError } from "../start-error.ts";
import { parseTemplate, type Template, TemplateError } from "./template.ts";

export type Synthesis = {
  readonly template: Template;
  readonly stackName: string;
  /** The folder that asset paths in the template's metadata are relative to. */
  readonly assetFolder: string;
};

const maxReasonLength = 1_000;

/**
 * @param app the CDK app's source file, run in `workingFolder` with this process's Node
 * @param context the CDK context, connections included
 * @param logFile takes what the app prints
 * @param abort ends the app
 * @throws {StartError} if the app fails, with its own reason
 */
export async function synthesize(
  app: string,
  workingFolder: string,
  outputFolder: string,
  context: Readonly<Record<string, unknown>>,
  logFile: string,
  abort: AbortSignal,
): Promise<Synthesis> {
  // Bundles of earlier code would pile up.
  rmSync(outputFolder, { recursive: true, force: true, maxRetries: 5 });
  mkdirSync(outputFolder, { recursive: true });
  const child = spawn(process.execPath, [app], {
    signal: abort,
    killSignal: "SIGKILL",
    cwd: workingFolder,
    env: {
      ...process.env,
      CDK_OUTDIR: outputFolder,
      // The metadata tells which folder holds a function's bundle.
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, "aws:cdk:enable-asset-metadata": true }),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code, signal]] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    once(child, "exit"),
  ]);
  mkdirSync(dirname(logFile), { recursive: true });
  writeFileSync(logFile, Buffer.concat([stdout, stderr]));
  if (code !== 0) {
    const reason = reasonIn(stderr.toString()) ?? `it ended with ${signal ?? `exit code ${code}`}`;
    throw new StartError(`The template cannot be synthesized: ${reason} (see ${logFile})`);
  }
  return readSynthesis(outputFolder);
}

/** The first error that esbuild or Node printed, or else all that the app had to say. */
function reasonIn(stderr: string): string | undefined {
  const error = /\[ERROR\] (.+)|\w*(?:Error|Exception)(?: \[\w+\])?: (.+)/.exec(stderr);
  return error?.[1] ?? error?.[2] ?? (stderr.trim().slice(0, maxReasonLength) || undefined);
}

/** Reads an output folder of the CDK that holds exactly one stack. */
function readSynthesis(outputFolder: string): Synthesis {
  const manifest: { artifacts: Record<string, { type: string; properties?: { templateFile?: string } }> } =
    JSON.parse(readFileSync(join(outputFolder, "manifest.json"), "utf8"));
  const stacks = Object.entries(manifest.artifacts).filter(
    ([, { type }]) => type === "aws:cloudformation:stack",
  );
  const [stackName, stack] = stacks[0] ?? [];
  const file = stack?.properties?.templateFile;
  if (stacks.length !== 1 || stackName === undefined || file === undefined) {
    throw new TemplateError(`the CDK app has ${stacks.length} stacks; the local stack runs exactly one`);
  }
  return {
    template: parseTemplate(readFileSync(join(outputFolder, file), "utf8")),
    stackName,
    assetFolder: outputFolder,
  };
}
