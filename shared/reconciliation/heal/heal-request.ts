/** The change request that undoes a drift. Pure. */
import { sha256Hex } from "../../definition/document/canonical-form.ts";
import type { DefinitionKey } from "../../definition/mirror/mirror.ts";
import type { JsonObject } from "../../platform/json.ts";

const PREFIX = "heal.";

/** One drift is healed once, however often this is asked for. */
export function healRequestId({ connection, definitionId }: DefinitionKey, driftVersion: number): string {
  return `${PREFIX}${sha256Hex(`${connection}#${definitionId}`).slice(0, 32)}.${driftVersion}`;
}

export function isHealRequestId(requestId: string): boolean {
  return /^heal\.[0-9a-f]{32}\.\d+$/.test(requestId);
}

/** As it would be submitted by anybody else: it is applied only while the drift is still the head. */
export function healRequest(key: DefinitionKey, driftVersion: number, targetVersion: number): JsonObject {
  return {
    requestId: healRequestId(key, driftVersion),
    connection: key.connection,
    operation: "restore",
    definitionId: key.definitionId,
    restore: { version: targetVersion },
    expect: { version: driftVersion },
    reason: `undoes the outside change of version ${driftVersion} (policy "heal")`,
  };
}
