/** Withdrawing a change request that no worker has begun. Cancelling it again changes nothing. */
import type { Clock } from "../../platform/clock.ts";
import type { Metrics } from "../../platform/metrics.ts";
import type { RequestKey, RequestRecord } from "../record/request-record.ts";
import type { RequestStatus } from "../record/request-state.ts";
import type { RequestStore } from "../record/request-store.ts";

export type CancelDependencies = {
  readonly requests: Pick<RequestStore, "read" | "finish">;
  readonly clock: Pick<Clock, "now">;
  readonly metrics: Metrics;
};

export type Cancellation =
  | { readonly kind: "cancelled"; readonly record: RequestRecord }
  | { readonly kind: "unknown" }
  /** A worker has begun it, or it has another outcome. */
  | { readonly kind: "too-late"; readonly status: RequestStatus };

export async function cancelChangeRequest(
  { requests, clock, metrics }: CancelDependencies,
  key: RequestKey,
): Promise<Cancellation> {
  for (;;) {
    const record = await requests.read(key);
    if (record === undefined) return { kind: "unknown" };
    const { status, epoch } = record;
    if (status === "cancelled") return { kind: "cancelled", record };
    if (status !== "queued") return { kind: "too-late", status };
    const finishedAt = clock.now();
    const result = { reason: "withdrawn" };
    // The write's condition decides. Where somebody else was faster, the next look says what became of the request.
    if (await requests.finish({ key, epoch, status: "cancelled", result, finishedAt })) {
      metrics.count("RequestCancelled", key.connection);
    }
  }
}
