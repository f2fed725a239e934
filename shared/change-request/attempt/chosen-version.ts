/** The version that a restore brings back. */
import { contentOf } from "../../definition/document/content.ts";
import type { HistoryStore } from "../../definition/history/history-store.ts";
import type { StoredVersion } from "../../definition/history/verify-history.ts";
import { versionAt } from "../../definition/history/version-at.ts";
import type { Mirror } from "../../definition/mirror/mirror.ts";
import type { Clock } from "../../platform/clock.ts";
import { parseInstant } from "../../platform/instant.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../platform/json.ts";
import type { Provider } from "../../providers/provider.ts";
import type { ChangeRequest } from "../change-request.ts";
import { type Decided, outcome } from "./attempt.ts";

export type RestoreRequest = Extract<ChangeRequest, { operation: "restore" }>;

export type ChosenVersion = {
  readonly kind: "chosen";
  readonly version: number;
  readonly scope: string;
  /** The provider's whole document, and its content without bookkeeping. */
  readonly document: JsonObject;
  readonly content: JsonObject;
};

/** Rejected where there is no such version, or none that holds anything. */
export async function chosenVersion(
  {
    history,
    provider,
    clock,
  }: {
    readonly history: Pick<HistoryStore, "version">;
    readonly provider: Pick<Provider, "dialect">;
    readonly clock: Pick<Clock, "now">;
  },
  { restore }: RestoreRequest,
  head: Mirror | undefined,
): Promise<ChosenVersion | Decided> {
  if (head === undefined) return rejected("not-found");
  let stored: StoredVersion | undefined;
  if ("version" in restore) {
    stored = restore.version > head.version ? undefined : await history.version(head, restore.version);
    if (stored === undefined) return rejected("unknown-version");
  } else {
    const asOf = parseInstant(restore.at) ?? Number.NaN;
    if (!(asOf <= clock.now())) return rejected("instant-in-the-future");
    const found = await versionAt(history, head, { asOf });
    if (!found.known) return rejected("not-known-yet");
    stored = found.stored;
  }
  const { record, documentText } = stored;
  if (record.deleted) return rejected("deleted-state");
  const document = documentText === undefined ? undefined : parseJson(documentText);
  // Only a history that was altered by hand has a version without its document.
  if (!isJsonObject(document)) return rejected("damaged-version");
  return {
    kind: "chosen",
    version: record.version,
    scope: record.scope,
    document,
    content: contentOf(document, provider.dialect.bookkeeping),
  };
}

function rejected(reason: string): Decided {
  return outcome("rejected", { reason });
}
