/**
 * An answer that lacks members although nothing was modified is not believed at once (`incomplete-read.ts`). One that
 * lacks the same for longer than the settle time is what the provider holds; but to write on top of it would make the
 * loss look wanted.
 */
import { canonicalHash, canonicallyEqual } from "../../definition/document/canonical-form.ts";
import type { ObservedState } from "../../definition/history/version.ts";
import type { Mirror } from "../../definition/mirror/mirror.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../platform/json.ts";
import { type AttemptEnd, type EditAttempt, outcome } from "./attempt.ts";
import { chosenVersion } from "./chosen-version.ts";
import { wantedContent } from "./wanted.ts";

/** `undefined`: it is believed, because the request's result has nothing to do with the loss, or a retry accepts it. */
export async function doubtOfLoss(
  attempt: EditAttempt,
  head: Mirror,
  previousContent: JsonValue | undefined,
  { content }: ObservedState,
): Promise<AttemptEnd | undefined> {
  const { clock, connection, record } = attempt;
  const waiting = { kind: "wait", waitMs: 1_000, reason: "incomplete-read" } as const;
  const contentHash = canonicalHash(content);
  const { incomplete } = record;
  if (incomplete?.contentHash !== contentHash) {
    await noteLoss(attempt, contentHash);
    return waiting;
  }
  if (clock.now() - incomplete.since <= connection.settleSeconds * 1_000) return waiting;
  if (record.epoch > incomplete.epoch) return undefined;
  if (await isWithoutEffect(attempt, head, previousContent, content)) return undefined;
  const { definitionId, version } = head;
  return outcome("failed", { reason: "incomplete-read", definitionId, version });
}

async function noteLoss({ clock, record, requests }: EditAttempt, contentHash: string): Promise<void> {
  const { attempts, charges, failedAt, failing, epoch } = record;
  await requests.noteFailure(record, epoch, {
    attempts,
    ...(charges !== undefined && { charges }),
    ...(failedAt !== undefined && { failedAt }),
    ...(failing && { failing }),
    incomplete: { epoch, since: clock.now(), contentHash },
  });
}

/** Does the request come to the same, whether the lost members are there or not? */
async function isWithoutEffect(
  attempt: EditAttempt,
  head: Mirror,
  previousContent: JsonValue | undefined,
  content: JsonObject | null,
): Promise<boolean> {
  const { request, provider } = attempt;
  if (request.operation === "delete") return true;
  if (content === null || !isJsonObject(previousContent)) return false;
  const chosen = request.operation === "restore" ? await chosenVersion(attempt, request, head) : undefined;
  if (chosen?.kind === "outcome") return true;
  const lost = Object.entries(previousContent).filter(([name]) => !Object.hasOwn(content, name));
  const whole = Object.fromEntries([...Object.entries(content), ...lost]);
  const [without, within] = [content, whole].map((live) =>
    wantedContent(request, live, provider.dialect, chosen?.content),
  );
  const isBoth = without !== undefined && within !== undefined && "content" in without && "content" in within;
  return isBoth && canonicallyEqual(without.content, within.content);
}
