/** Puts histories into the tables as the worker does: `nextVersion` under a claim, then the commit. */

import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createCommitStore } from "../../shared/change-request/attempt/commit.dynamodb.ts";
import { recordedContentOf } from "../../shared/definition/history/recorded-content.ts";
import {
  type NextVersion,
  nextVersion,
  type ObservedState,
} from "../../shared/definition/history/version.ts";
import type { Mirror } from "../../shared/definition/mirror/mirror.ts";
import { createMirrorStore } from "../../shared/definition/mirror/mirror-store.dynamodb.ts";
import { goneState, stateOf } from "../../shared/definition/mirror/observed-state.ts";
import type { Connection } from "../../shared/platform/config.ts";
import type { JsonValue } from "../../shared/platform/json.ts";
import { parseJson } from "../../shared/platform/json.ts";
import { systemRandom } from "../../shared/platform/random.ts";
import { dialectFor } from "../../shared/providers/dialect-for-connection.ts";
import { readDefinition } from "../../shared/providers/retell/retell-answer.ts";
import type { testTables } from "./tables.ts";

/** One version to record: the provider's text, or `gone`. */
export type Step = {
  readonly document: string | "gone";
  /** Epoch ms at which it is recorded; also when the look ended, and a second after that began. */
  readonly at: number;
  readonly changeType?: NextVersion["changeType"];
  /** Default: a change request's for all but the first version. */
  readonly source?: NextVersion["source"];
  readonly attribution?: NextVersion["attribution"];
  readonly extras?: NextVersion["extras"];
};

/** Records the steps one after the other and answers the mirror that they lead to. */
export async function recordHistory(
  client: DynamoDBClient,
  tables: typeof testTables,
  connection: Connection,
  definitionId: string,
  steps: readonly Step[],
): Promise<Mirror> {
  const mirrors = createMirrorStore(client, tables.state);
  const commits = createCommitStore(client, tables);
  const key = { connection: connection.id, definitionId };
  const target = { kind: "definition", ...key } as const;
  let head = await mirrors.mirror(key);
  let previousContent: JsonValue | undefined;
  for (const step of steps) {
    const state = stateOfStep(connection, step, head);
    const { version, mirror } = nextVersion({
      key,
      head,
      previousContent,
      state,
      changeType: step.changeType ?? defaultChangeType(head, state),
      source: step.source ?? (head === undefined ? "observed_before_write" : "change_request"),
      ...(step.attribution && { attribution: step.attribution }),
      ...(step.extras && { extras: step.extras }),
      ignored: connection.ignore,
      look: { startedAt: step.at - 1_000, endedAt: step.at },
      now: step.at,
    });
    const token = systemRandom.token();
    const claim = { requestId: "seed", epoch: 1, token, leaseUntil: step.at + 60_000 };
    await mirrors.takeClaim(target, claim, step.at);
    const answer = await commits.commit({
      version,
      mirror,
      headVersion: head?.version ?? 0,
      claim: { target, token },
      idempotencyToken: token,
    });
    if (!answer.committed) throw new Error(`the seed was not committed: ${answer.reason}`);
    await mirrors.releaseClaim(target, token);
    head = mirror;
    previousContent = recordedContentOf(connection)(parseJson(state.text), connection.ignore);
  }
  if (head === undefined) throw new Error("a history needs a version");
  return head;
}

function stateOfStep(connection: Connection, { document }: Step, head: Mirror | undefined): ObservedState {
  if (document === "gone") {
    if (head === undefined) throw new Error("a history does not begin with a definition that is gone");
    return goneState(head);
  }
  const observed = readDefinition(parseJson(document), document);
  if (observed === undefined) throw new Error("the document is none of Retell's");
  return stateOf(observed, dialectFor(connection));
}

function defaultChangeType(head: Mirror | undefined, state: ObservedState): NextVersion["changeType"] {
  if (head === undefined) return "baseline";
  return state.deleted ? "deleted" : "updated";
}
