/** Asks the questions of a pass, one by one. */
import { ProviderCallError } from "../../providers/provider-call-error.ts";
import { guarded } from "../run/guard.ts";
import { answerQuestion } from "./answer-question.ts";
import { answered, leaving } from "./pass.ts";
import { type ScanEnd, timeIsShort, waitWithoutFault } from "./scan-end.ts";
import type { ScopeScan } from "./scope-scan.ts";

/** `undefined`: all are answered. @throws {ProviderCallError} where one has to wait */
export async function askAll(scan: ScopeScan): Promise<ScanEnd | undefined> {
  for (;;) {
    const [question, ...others] = scan.pass.questions;
    if (question === undefined) return undefined;
    if (scan.isTimeShort) return timeIsShort;
    const refused = await guarded(scan);
    if (refused !== undefined) return refused;
    try {
      scan.pass = answered(await answerQuestion(scan, question));
    } catch (error) {
      if (!(error instanceof ProviderCallError)) throw error;
      if (waitWithoutFault(error) !== undefined) throw error;
      if (error.retryable) {
        // One that always fails shall not keep the others from being asked.
        scan.pass = { ...scan.pass, questions: [...others, question] };
        throw error;
      }
      scan.pass = answered(leaving(scan.pass, [question.definitionId]));
    }
  }
}
