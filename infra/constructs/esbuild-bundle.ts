/**
 * A function's bundle: its `index.ts` and all that it imports, as minified ES modules. esbuild runs in this process;
 * CDK's own `NodejsFunction` starts it through `npx`, which costs half a second for every function.
 */
import { join } from "node:path";
import { AssetHashType, DockerImage } from "aws-cdk-lib";
import { AssetCode } from "aws-cdk-lib/aws-lambda";
import { buildSync } from "esbuild";

/** Packages that are still CommonJS call `require`, which an ES module does not have by itself. */
const requireForEsm =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

/** @param folder the function's folder, with `index.ts` in it */
export function esbuildBundle(folder: string): AssetCode {
  return new AssetCode(folder, {
    // Unchanged code is not deployed again, however the sources moved.
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry("never-used"),
      local: {
        tryBundle(outputFolder) {
          buildSync({
            entryPoints: [join(folder, "index.ts")],
            outdir: outputFolder,
            outExtension: { ".js": ".mjs" },
            bundle: true,
            // What is imported on demand is a file of its own, and loaded only then.
            splitting: true,
            // A third of the SDK's size and start-up time is its many ways to find credentials; a function has one.
            alias: {
              "@aws-sdk/credential-provider-node": join(import.meta.dirname, "lambda-credentials.ts"),
            },
            minify: true,
            format: "esm",
            platform: "node",
            target: "node24",
            // ES modules first: only those can be shaken. The SDK goes into the bundle too: the locked version runs
            // everywhere, and loads faster than the runtime's copy.
            mainFields: ["module", "main"],
            banner: { js: requireForEsm },
            logLevel: "warning",
          });
          return true;
        },
      },
    },
  });
}
