/** The demo's account as lines of text; pure. */
import type { JsonObject } from "../../../shared/platform/json.ts";
import type { RequestView, VersionView } from "./demo-client.http.ts";
import type { DemoStep } from "./demo-step.ts";

export function stepLine(step: DemoStep, number: number): string {
  if (step.by === "dashboard") return `  ${number}. past the queue: ${step.what}`;
  const { operation, actor, requestId, reason } = step.request;
  const why = reason === undefined ? "" : ` (${String(reason)})`;
  return `  ${number}. ${String(actor)} ${step.by === "api" ? "over the API" : "into the queue"}: ${String(operation)}, ${requestId}${why}`;
}

export function outcomeLine({ requestId, status, result }: RequestView): string {
  const version =
    result?.version === undefined ? "" : ` version ${result.version} of ${result.definitionId ?? "?"}`;
  const reason = result?.reason === undefined ? "" : ` ${result.reason}`;
  return `  ${requestId.padEnd(22)} ${status}${version}${reason}`;
}

/** Oldest first, as a story is told. */
export function historyLines(versions: readonly VersionView[]): readonly string[] {
  return [...versions].reverse().flatMap((version) => {
    const who = version.actor.claimed ?? (version.version === 1 ? "as it was found" : "somebody else");
    const when = version.occurredBetween
      ? `made outside between ${version.occurredBetween[0]} and ${version.occurredBetween[1]}`
      : version.recordedAt;
    const why = [version.reason, version.reference].filter((part) => part !== undefined).join(", ");
    return [
      `  version ${version.version}  ${version.changeType} (${version.source})  ${who}  ${when}${why === "" ? "" : `\n             why: ${why}`}`,
      ...(version.patch ?? []).map(
        ({ op, path, value }) =>
          `             ${op} ${path}${value === undefined ? "" : ` ${shortened(value)}`}`,
      ),
    ];
  });
}

/** What the reader can try next, and what it is about. */
export type ToTry = {
  readonly connection: string;
  readonly definitionId: string;
  /** Its newest. */
  readonly version: number;
  readonly runId: string;
  readonly patch: JsonObject;
};

export function tryNextLines(
  apiUrl: string,
  stackFile: string,
  { connection, definitionId, version, runId, patch }: ToTry,
): readonly string[] {
  const definition = `${apiUrl}/connections/${connection}/definitions/${definitionId}`;
  const read = 'curl -s -H "Authorization: Bearer $READER"';
  return [
    `  READER=$(node -p "require('${stackFile}').tokens.reader"); EDITOR_TOKEN=$(node -p "require('${stackFile}').tokens.editor")`,
    `  ${read} ${apiUrl}/connections/${connection}/definitions`,
    `  ${read} "${definition}/diff?from=1&to=${version}"`,
    `  ${read} ${definition}/verify`,
    `  ${read} ${apiUrl}/reconciliations/${runId}`,
    `  curl -s -H "Authorization: Bearer $EDITOR_TOKEN" -H "Content-Type: application/json" ${apiUrl}/change-requests -d '${JSON.stringify(
      {
        requestId: "my-first-edit",
        connection,
        operation: "update",
        definitionId,
        patch,
        actor: "me",
        reason: "to try it",
      },
    )}'`,
    `  ${read} "${apiUrl}/change-requests/my-first-edit?connection=${connection}&wait=10"`,
  ];
}

const LONGEST_VALUE = 70;

function shortened(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}…`;
}
