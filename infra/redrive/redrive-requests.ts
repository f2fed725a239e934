/**
 * Retries the chosen requests, first those that have a dead letter, then the others. A letter is removed when its
 * request has no use for it any more; every other one stays where it is.
 */
import type { RequestKey } from "../../shared/change-request/record/request-record.ts";
import type { ChangeRequestApi } from "./change-request-api.http.ts";
import type { DeadLetterQueue, ReceivedLetter } from "./dead-letter-queue.sqs.ts";
import { eachLetter } from "./each-letter.ts";
import {
  type LetterPlan,
  letterLine,
  planLetter,
  planRequest,
  planSecondLetter,
  type RequestState,
} from "./letter-plan.ts";
import type { RedriveOptions } from "./options.ts";
import { RedriveError } from "./redrive-error.ts";

export type RedriveDependencies = {
  /** Of the connections that are looked at. */
  readonly queues: readonly DeadLetterQueue[];
  readonly api: ChangeRequestApi;
  /** Takes one line. */
  readonly print: (line: string) => void;
};

/** What was done, or could be: in words for the operator, and whether the letter may go, or the retry was refused. */
type Step = { readonly what: string; readonly isSettled?: boolean; readonly isRefused?: boolean };

type Chosen = { readonly key: RequestKey; readonly state: RequestState };

/**
 * @returns `false`: a retry was refused
 * @throws {RedriveError} before anything is done, where the choice names no request or more than one
 */
export async function redriveRequests(
  { queues, api, print }: RedriveDependencies,
  { retry, dryRun }: Pick<RedriveOptions, "retry" | "dryRun">,
): Promise<boolean> {
  const chosen = typeof retry === "string" ? undefined : await chosenRequests(api, queues, retry);
  const acts = retry !== "nothing" && !dryRun;
  /** Requests that need nothing more from this run. */
  const dealtWith = new Set<string>();
  let isRefused = false;
  const take = async (line: string, key: RequestKey | undefined, plan: LetterPlan): Promise<Step> => {
    const step = acts && key !== undefined ? await taken(api, key, plan) : possible(plan);
    isRefused ||= step.isRefused === true;
    print(`${line}: ${step.what}`);
    return step;
  };

  for (const queue of queues) {
    const { left, unseen } = await eachLetter(queue, async (letter) => {
      const key = keyOf(letter);
      if (chosen?.some((one) => nameOf(one.key) === nameOf(key)) === false) return false;
      const state = key && (await api.find(key));
      const first = planLetter(letter, state);
      // What fails again at once must not be retried for ever.
      const isSecond = acts && first.kind === "retry" && dealtWith.has(nameOf(key));
      const plan = isSecond && state !== undefined ? planSecondLetter(state) : first;
      if (plan.kind !== "leave") dealtWith.add(nameOf(key));
      return (await take(letterLine(queue.connection, letter), key, plan)).isSettled === true;
    });
    const behind = unseen === 0 ? "" : `, and about ${unseen} behind them that cannot be seen yet`;
    print(`${queue.connection}: dead letters left: ${left}${behind}`);
  }
  for (const { key, state } of chosen ?? []) {
    if (dealtWith.has(nameOf(key))) continue;
    await take(`${nameOf(key)} · no dead letter seen`, key, planRequest(state));
  }
  return !isRefused;
}

async function taken(api: ChangeRequestApi, key: RequestKey, plan: LetterPlan): Promise<Step> {
  if (plan.kind === "leave") return { what: `left, ${plan.why}` };
  if (plan.kind === "remove") return { what: `settled, ${plan.why}`, isSettled: true };
  const answer = await api.retry(key);
  if (answer.kind === "retried") return { what: `retried, epoch ${answer.epoch}`, isSettled: true };
  // Somebody else was faster.
  if (answer.code === "not-failed") return { what: `settled, ${answer.detail}`, isSettled: true };
  return { what: `NOT retried, ${answer.detail} (${answer.code})`, isRefused: true };
}

function possible(plan: LetterPlan): Step {
  if (plan.kind === "leave") return { what: `left, ${plan.why}` };
  return { what: plan.kind === "retry" ? "can be retried" : `can be removed, ${plan.why}` };
}

/** The requests of these ids, each in the one connection that has it. */
async function chosenRequests(
  api: ChangeRequestApi,
  queues: readonly DeadLetterQueue[],
  ids: readonly string[],
): Promise<readonly Chosen[]> {
  const chosen: Chosen[] = [];
  for (const requestId of ids) {
    const found: Chosen[] = [];
    for (const { connection } of queues) {
      const key = { connection, requestId };
      const state = await api.find(key);
      if (state !== undefined) found.push({ key, state });
    }
    if (found.length === 0) throw new RedriveError(`There is no change request ${requestId}`);
    if (found.length > 1) {
      const places = found.map(({ key }) => key.connection).join(" and ");
      throw new RedriveError(
        `The change request ${requestId} is one of ${places}: name one with --connection`,
      );
    }
    chosen.push(...found);
  }
  return chosen;
}

function keyOf({ connection, requestId }: ReceivedLetter): RequestKey | undefined {
  return requestId === undefined ? undefined : { connection, requestId };
}

/** No part can hold a space. */
function nameOf(key: RequestKey | undefined): string {
  return key === undefined ? "" : `${key.connection} · ${key.requestId}`;
}
