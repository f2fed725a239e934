/** A function's bundle as it is deployed, built for a test. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { esbuildBundle } from "../../infra/constructs/esbuild-bundle.ts";

/**
 * @param name the function's folder in `functions/`
 * @param outputFolder takes the bundle; empty
 * @returns the folder with the bundle's `index.mjs`
 */
export function buildFunction(name: string, outputFolder: string): string {
  const app = new App({ outdir: outputFolder, analyticsReporting: false });
  esbuildBundle(join(import.meta.dirname, "../../functions", name)).bind(new Stack(app, "stack"));
  const asset = readdirSync(outputFolder).find((entry) => entry.startsWith("asset."));
  if (asset === undefined) throw new Error(`no bundle of ${name} in ${outputFolder}`);
  return join(outputFolder, asset);
}
