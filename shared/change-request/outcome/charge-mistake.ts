/**
 * A failure that no store and no provider is to blame for is a mistake of ours, and would come again with every
 * delivery: it counts like a crash, so that it does not hold up the requests behind for ever.
 */
import { ATTEMPT_BUDGET } from "../../retry/budget.ts";
import type { ApplyDependencies } from "../attempt/attempt.ts";
import type { RequestRecord } from "../record/request-record.ts";

/** The language's own errors. What an AWS client throws has a class or metadata of its own, even if it only passes it on. */
const languageErrors = new Set(["Error", "TypeError", "RangeError", "ReferenceError", "SyntaxError"]);

export function isMistake(error: unknown): boolean {
  return error instanceof Error && languageErrors.has(error.name) && !("$metadata" in error);
}

/** Charges it. The record as it is then. */
export async function chargeMistake(
  { requests }: Pick<ApplyDependencies, "requests">,
  record: RequestRecord,
): Promise<RequestRecord> {
  const { attempts, charges = 0, failing, failedAt } = (await requests.read(record)) ?? record;
  const note = { attempts: attempts + 1, charges: charges + 1 };
  await requests.noteFailure(record, record.epoch, {
    ...note,
    ...(failing && { failing }),
    ...(failedAt !== undefined && { failedAt }),
  });
  return { ...record, ...note };
}

/** Twice as many as a request may cost, and none came as far as to be given up under its claim. */
export function hasTooManyMistakes({ charges = 0 }: RequestRecord): boolean {
  return charges >= 2 * ATTEMPT_BUDGET;
}
