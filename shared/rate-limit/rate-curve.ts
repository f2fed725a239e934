/**
 * How many requests per second are tried, where the provider's limit is not known. All workers share one memory; it
 * changes with refused calls only, and between two of them the rate grows with the calls that are accepted.
 *
 * 1. Until something is refused the rate grows by a tenth of a request per second with each accepted call, which is
 *    exponential in time: it doubles about every 6 s, from 2 per second.
 * 2. A refusal lowers the rate by one step, and the steps are so small and the growth so slow that one comes every
 *    {@link CALLS_PER_REFUSAL} calls. So it is not a rate that is held but the number of refusals, 3 to 5 in 1000:
 *    the rate settles wherever the provider's way of counting puts that. A token bucket allows its limit for it, a
 *    strict sliding log with a jittery network nine tenths. (The "outer loop" of power control in mobile networks;
 *    additive increase and multiplicative decrease would overshoot anew each time.)
 * 3. More refusals within a few calls mean that the rate is far off: the limit was lowered, or just found. Their
 *    share among the calls since the first of them is the part by which the rate is too high, and that is taken away.
 *    The step is larger then, because such a share is a rough measure, and halves from refusal to refusal, but grows
 *    where they keep coming too soon: a token bucket fills in each pause, and spreads them. Where calls at the new rate
 *    are refused like those before, it was by far not enough: nearly as much is taken away again.
 * 4. When no refusal comes for long, the growth accelerates (with the third power of the calls, as in CUBIC, RFC
 *    9438), so that a raised limit is found again.
 * 5. Only a call that was sent after the last pause, and before which something was accepted since, tells of the rate
 *    (pause.ts). Where nothing is accepted at all, for a moment or for hours, a lower rate would not have helped: the
 *    pauses grow instead, and the rate is put back to what it was. An account that others use too refuses everything
 *    for a moment now and then.
 * 6. Where hardly any of the rate was used a single refusal says little, and growth, which needs calls under load, would
 *    not make up for a step: the rate stays, and only further refusals within a few calls lower it.
 * A configured ceiling is never exceeded.
 */
import type { LimiterState } from "./limiter-state.ts";

const FIRST_RATE = 2;
const FIRST_GROWTH_PER_CALL = 0.12;
/**
 * One call in four seconds: less would hardly learn that it is allowed to call again, and two calls would not fit into
 * one invocation. Where even that is refused, the pauses grow.
 */
const LEAST_RATE = 0.25;

const SMALLEST_STEP = 0.01;
const LARGEST_CUT = 0.5;
/** A ceiling right above the rate is somebody's knowledge: no refusals are spent on looking for the limit. */
const CALLS_PER_REFUSAL = { ceilingNear: 180, ceilingFar: 260 };
const NEAR = 1.3;
/** Above 10 to 14 requests per second the time between two refusals counts: an answer takes its time at any rate. */
const SECONDS_PER_REFUSAL = 18;
/** Over intervals between refusals of that mean length, both together make about one step. */
const LINEAR_GROWTH = 0.7;
const CUBIC_GROWTH = 0.05;

/** The first refusal comes late where the provider allows bursts: the rate has grown far above the limit by then. */
const FIRST_CUT = 0.15;
/** At the configured ceiling it has not: somebody knows the limit, but jitter exceeds it. */
const FIRST_CUT_AT_CEILING = 0.1;
/** How much of a cut may have been too much. */
const STEP_AFTER_CUT = 0.3;
/**
 * After fewer accepted calls than these a refusal comes so much sooner than one is expected that the rate is still far
 * off, though too few of them come together to show by how much. So the step grows, to that of the first search at most.
 */
const SOON = { calls: 60, timesStep: 4, largestStep: STEP_AFTER_CUT * FIRST_CUT };
/** How much of the last cut follows where it was not enough, after so many refusals, and while the step is so large. */
const CUT_AGAIN = { part: 0.8, refusals: 2, step: 0.02 };
/** A call that was reserved at a higher rate than this part of the present one says nothing about that. */
const PRESENT = 1.01;

const SAMPLE_S = 2;
const SAMPLE_CALLS = 15;
/** Calls that a sample is taken to begin with, so that two refusals in a row do not halve the rate. */
const CALLS_BEFORE_SAMPLE = 2;
const SECONDS_BEFORE_SAMPLE = 0.15;
/** Since the last change of the rate; with less use than this part of it a single refusal is no reason to lower it. */
const USED_PART = 0.1;
/** Calls that were under way when the rate was cut are still refused, and say nothing new. */
const UNDER_WAY_US = 400_000;

export type RateMemory = Pick<
  LimiterState,
  "rate" | "peak" | "step" | "proven" | "accepted" | "refused" | "sampleFrom" | "sampleRate" | "strikes"
>;

/** Requests per second that are tried now, at most `ceiling`. */
export function currentRate(
  { rate, step, proven }: Pick<RateMemory, "rate" | "step" | "proven">,
  ceiling: number,
): number {
  if (rate === 0) return Math.min(ceiling, FIRST_RATE + FIRST_GROWTH_PER_CALL * proven);
  const { ceilingNear, ceilingFar } = CALLS_PER_REFUSAL;
  // What was learned under a lower ceiling may be less than the least rate under this one.
  const from = notBelowLeast(rate, ceiling);
  const calls = ceiling < NEAR * from ? ceilingNear : ceilingFar;
  const intervals = proven / Math.max(calls, SECONDS_PER_REFUSAL * from);
  return Math.min(
    ceiling,
    from * Math.exp(step * (LINEAR_GROWTH * intervals + CUBIC_GROWTH * intervals ** 3)),
  );
}

/**
 * What a refusal changes in the memory. `refusedRate`: requests per second when the refused call's slot was reserved,
 * which may be less than now. `now` in epoch microseconds.
 */
export function afterRefusal(
  memory: RateMemory,
  ceiling: number,
  now: number,
  refusedRate: number,
): Partial<RateMemory> {
  const { refused, sampleFrom, sampleRate } = memory;
  const isUnderWay = refused === 0 && now < sampleFrom;
  if (isUnderWay) return {};
  const sampleUs = 1_000_000 * Math.max(SAMPLE_S, SAMPLE_CALLS / sampleRate);
  if (refused === 0 || now > sampleFrom + sampleUs) {
    return memory.accepted === 0 ? {} : firstOfSample(memory, ceiling, now, refusedRate);
  }
  const present = currentRate(memory, ceiling);
  if (refused >= CUT_AGAIN.refusals && memory.step > CUT_AGAIN.step && refusedRate <= PRESENT * present) {
    const cut = Math.min(LARGEST_CUT, (CUT_AGAIN.part * memory.step) / STEP_AFTER_CUT);
    const rate = notBelowLeast(present * (1 - cut), ceiling);
    const step = Math.max(SMALLEST_STEP, STEP_AFTER_CUT * cut);
    return { rate, step, proven: 0, accepted: 0, refused: 1, sampleFrom: now, sampleRate: rate };
  }
  const calls = (Math.max(0, now - sampleFrom) / 1_000_000) * sampleRate;
  const before = Math.max(CALLS_BEFORE_SAMPLE, SECONDS_BEFORE_SAMPLE * sampleRate);
  const tooHighBy = Math.min(LARGEST_CUT, refused / (calls + before));
  const rate = notBelowLeast(sampleRate * (1 - tooHighBy), ceiling);
  if (rate >= present) return { refused: refused + 1 };
  const step = Math.max(SMALLEST_STEP, STEP_AFTER_CUT * (1 - rate / present));
  return { rate, step, proven: 0, accepted: 0, refused: 0, sampleFrom: now + UNDER_WAY_US };
}

function firstOfSample(
  memory: RateMemory,
  ceiling: number,
  now: number,
  refusedRate: number,
): Partial<RateMemory> {
  const present = currentRate(memory, ceiling);
  const from = Math.min(present, refusedRate);
  const sample = {
    refused: 1,
    sampleFrom: now,
    sampleRate: from,
    proven: 0,
    accepted: 0,
    ...(memory.strikes === 0 && { peak: present }),
  };
  if (memory.rate === 0) {
    const cut = present < ceiling ? FIRST_CUT : FIRST_CUT_AT_CEILING;
    return { ...sample, rate: notBelowLeast(from * (1 - cut), ceiling), step: STEP_AFTER_CUT * cut };
  }
  if (isHardlyUsed(memory, present, now)) return { ...sample, rate: present };
  const step = stepAfter(memory);
  return {
    ...sample,
    rate: notBelowLeast(from * (1 - step), ceiling),
    step: Math.max(SMALLEST_STEP, step / 2),
  };
}

function isHardlyUsed(
  { accepted, sampleFrom }: Pick<RateMemory, "accepted" | "sampleFrom">,
  present: number,
  now: number,
): boolean {
  return 1_000_000 * accepted < USED_PART * present * (now - sampleFrom);
}

/** By which part a single refusal lowers the rate. */
function stepAfter({ step, accepted }: Pick<RateMemory, "step" | "accepted">): number {
  if (accepted >= SOON.calls) return step;
  return Math.max(step, Math.min(SOON.largestStep, SOON.timesStep * step));
}

/** A pause of this length has no calls in it that could be counted. */
export function sampleWithPause(
  { refused, sampleFrom }: Pick<RateMemory, "refused" | "sampleFrom">,
  pauseUs: number,
): Partial<RateMemory> {
  return refused === 0 ? {} : { sampleFrom: sampleFrom + pauseUs };
}

/** After a 429 storm: it was not the rate. */
export function rateBeforeStorm({ peak }: Pick<RateMemory, "peak">): Partial<RateMemory> {
  return peak === 0 ? {} : { rate: peak, step: SMALLEST_STEP, proven: 0, refused: 0 };
}

function notBelowLeast(rate: number, ceiling: number): number {
  return Math.max(rate, Math.min(LEAST_RATE, ceiling));
}
