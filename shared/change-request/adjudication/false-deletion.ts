/**
 * What passes for deleted, and lives: a proxy's 404 on a DELETE says nothing about the definition, and a deletion may
 * have been recorded while neither a GET nor the scope's list showed it.
 */
import type { Mirror } from "../../definition/mirror/mirror.ts";
import type { Attempt, AttemptEnd } from "../attempt/attempt.ts";
import { doubtThatItIsGone } from "../attempt/missing-definition.ts";
import { readLive } from "../attempt/read-live.ts";
import { committed, contentOfVersion } from "../attempt/record-version.ts";

const STILL_THERE = { kind: "wait", waitMs: 1_000, reason: "still-there" } as const;

/** A DELETE was answered with 404. `undefined`: a GET and the list agree. */
export async function doubtAfterDelete(attempt: Attempt, head: Mirror): Promise<AttemptEnd | undefined> {
  const read = await readLive(attempt, head, undefined);
  // Nobody else can have had it refused: it is this request's own to pay.
  if (read.kind === "live") return { ...STILL_THERE, charged: true };
  if (read.kind !== "gone") return read;
  return await doubtThatItIsGone(attempt, head);
}

/**
 * Before a deleted definition is made anew it is asked for once more. If it lives, that is recorded, and the next
 * delivery restores the living one. `undefined`: it is gone.
 */
export async function recordIfItLives(attempt: Attempt): Promise<AttemptEnd | undefined> {
  const { request, mirrors } = attempt;
  if (request.operation !== "restore") return undefined;
  const head = await mirrors.mirror(request);
  const read = await readLive(attempt, request, head);
  if (read.kind === "gone") return undefined;
  if (read.kind !== "live") return read;
  if (head?.deleted !== true) return STILL_THERE;
  const next = {
    key: { connection: head.connection, definitionId: head.definitionId },
    head,
    previousContent: await contentOfVersion(attempt, head, head.version),
    state: read.live,
    look: read.look,
    changeType: "restored",
    source: "observed_before_write",
    ignored: attempt.connection.ignore,
  } as const;
  const { answer } = await committed(attempt, next, { onlyOntoThisHead: true });
  return answer.committed ? STILL_THERE : { kind: "wait", waitMs: 1_000, reason: answer.reason };
}
