import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { EngineUnavailableError } from "./engine-unavailable-error.ts";

const binaryPackage = "@dynoxide/linux-x64";

/** Where DynamoDB comes from: the embedded binary, or an endpoint that somebody else runs. */
export type DynamoDbSource = { readonly binary: string } | { readonly endpoint: string };

/**
 * Chooses the DynamoDB engine: the installed binary, else the endpoint in `AWS_ENDPOINT_URL_DYNAMODB`.
 * The binary comes first, because the variable is often set for other work on the same machine.
 * @throws EngineUnavailableError `not-installed` where there is neither
 */
export function chooseDynamoDbSource(
  installedBinary: string | undefined,
  endpoint: string | undefined,
): DynamoDbSource {
  if (installedBinary !== undefined) return { binary: installedBinary };
  if (endpoint) return { endpoint };
  throw new EngineUnavailableError(
    "not-installed",
    `No local DynamoDB engine for ${process.platform}-${process.arch} (${binaryPackage} is not installed): ` +
      "set AWS_ENDPOINT_URL_DYNAMODB to any DynamoDB-compatible endpoint",
  );
}

/** The path of the installed DynamoDB binary; undefined where npm did not install it (other platforms). */
export function installedDynamoDbBinary(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${binaryPackage}/package.json`);
    return join(dirname(manifest), "dynoxide");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
