/** What a seed decides: how much goes wrong, and which way each open point of the provider is taken. */
import type { Switches } from "../../../infra/local/simulators/retell/switches.ts";
import type { Connection } from "../../../shared/platform/config.ts";
import { Chance } from "./chance.ts";
import type { Outage, ProviderFaultRates } from "./provider-faults.ts";
import { type ScanPlan, scanPlanOf } from "./scan-plan.ts";
import type { PlannedCrash, StepFaultRates } from "./step-faults.ts";

/** The provider refuses the key, or its writes, in this time. */
export type KeyTrouble = {
  readonly from: number;
  readonly until: number;
  /** The key stops working and works again; another key takes its place; it may only read for a while. */
  readonly kind: "revoked" | "replaced" | "read-only";
};

export type EditorHabits = {
  /** Milliseconds between two outside edits, on average; 0: nobody edits. */
  readonly everyMs: number;
  /** How often an edit comes between our read and our write. */
  readonly intoTheWindow: number;
  /** How often what we just wrote is taken back. */
  readonly revert: number;
  /** How often somebody makes the test case that we are making, too. */
  readonly twin: number;
};

export type LoadPlan = {
  readonly definitions: number;
  readonly requests: number;
  /** Of these, how many are creates; creates of equal content among them. */
  readonly creates: number;
  readonly equalCreates: number;
  readonly expectations: number;
  /** How often a message is sent twice; and how often the second one is in another group. */
  readonly duplicates: number;
  readonly otherGroup: number;
  /** How often a request that goes straight to the queue is put in a wrong group. */
  readonly wrongGroup: number;
  /** How often a request follows for a definition that a create of ours has just made. */
  readonly followUps: number;
  /** How often a message follows that cannot be applied. */
  readonly poison: number;
  readonly cancels: number;
  readonly retries: number;
  /** How often the API ends between a request's record and its message. */
  readonly lostMessages: number;
  /** Milliseconds within which everything is sent. */
  readonly withinMs: number;
};

export type Scenario = {
  readonly seed: number;
  readonly workers: number;
  readonly rateLimit: Connection["rateLimit"];
  /** How far the clock of a process may be off, in milliseconds. */
  readonly clocksOffMs: number;
  readonly steps: StepFaultRates;
  readonly plannedCrash?: PlannedCrash;
  readonly provider: ProviderFaultRates;
  readonly keyTroubles: readonly KeyTrouble[];
  readonly editor: EditorHabits;
  /** Milliseconds between two looks of somebody who records outside changes; 0: nobody does. */
  readonly observerEveryMs: number;
  /** Reconciliation, where the scenario has it; then nobody else looks. */
  readonly scans?: ScanPlan;
  readonly load: LoadPlan;
  readonly switches: Partial<Switches>;
  /** At the end somebody looks at every definition, so that whatever is there gets recorded. */
  readonly looksAtTheEnd: boolean;
  /** Of the event source: how often a message that is done is delivered again. */
  readonly redeliveries: number;
  /** Epoch ms from which on nothing goes wrong any more. */
  readonly faultsUntil: number;
  /** A run with more events than this goes round in circles. */
  readonly maxEvents: number;
};

export const START = Date.parse("2026-11-21T12:00:00Z");
/** Before the first request: what is there is older than everything that is made later. */
export const QUIET_MS = 10_000;
export const CALL_TIMEOUT_MS = 10_000;
export const SETTLE_MS = 60_000;
export const LEASE_MS = 30_000;
export const VISIBILITY_MS = 60_000;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Most seeds have a few kinds of trouble and not all of them: one hides another. */
export function scenarioOf(seed: number): Scenario {
  const chance = new Chance(seed, "scenario");
  const sometimes = (probability: number, least: number, most: number) =>
    chance.happens(probability) ? least + chance.fraction() * (most - least) : 0;
  const calmUntil = START + chance.between(2, 30) * MINUTE;
  const outages = chance.happens(0.15) ? [outageOf(chance)] : [];
  const keyTroubles = chance.happens(0.08) ? [keyTroubleOf(chance)] : [];
  const crashRate = sometimes(0.5, 0.002, 0.04);
  const scans = scanPlanOf(seed);
  const scenario: Scenario = {
    seed,
    workers: chance.between(2, 3),
    rateLimit: rateLimitOf(new Chance(seed, "rate limit")),
    clocksOffMs: chance.happens(0.3) ? 1_400 : 0,
    steps: {
      "crash-before": crashRate / 3,
      "crash-in-flight": crashRate / 3,
      "crash-after": crashRate / 3,
      "error-before": sometimes(0.3, 0.002, 0.03),
      "lost-answer": sometimes(0.3, 0.002, 0.03),
      repeated: sometimes(0.4, 0.005, 0.1),
      slow: sometimes(0.3, 0.002, 0.03),
      stall: sometimes(0.3, 0.002, 0.03),
    },
    provider: {
      read: sometimes(0.5, 0.02, 0.3),
      write: sometimes(0.75, 0.1, 0.6),
      lost: sometimes(0.7, 0.1, 0.9),
      late: sometimes(0.5, 0.1, 0.5),
      outages,
      beyondSettle: chance.happens(0.04),
    },
    keyTroubles,
    editor: {
      everyMs: chance.happens(0.5) ? chance.magnitude(5_000, 300_000) : 0,
      intoTheWindow: sometimes(0.4, 0.02, 0.3),
      revert: sometimes(0.4, 0.05, 0.5),
      twin: sometimes(0.2, 0.05, 0.4),
    },
    observerEveryMs: chance.happens(0.3) ? chance.magnitude(2_000, 60_000) : 0,
    load: loadOf(chance, sometimes),
    switches: switchesOf(chance),
    looksAtTheEnd: chance.happens(0.3),
    redeliveries: sometimes(0.3, 0.02, 0.2),
    maxEvents: 200_000,
    faultsUntil: Math.max(
      calmUntil,
      ...outages.map(({ until }) => until),
      ...keyTroubles.map(({ until }) => until),
    ),
  };
  if (scans === undefined) return scenario;
  const switches = { ...scenario.switches, ...scans.switches };
  return { ...scenario, scans, switches, observerEveryMs: 0, maxEvents: 2 * scenario.maxEvents };
}

/** A few requests, and nothing goes wrong. */
export function quietScenario(seed: number): Scenario {
  const { scans: _none, ...scenario } = scenarioOf(seed);
  return {
    ...scenario,
    clocksOffMs: 0,
    steps: {},
    provider: { read: 0, write: 0, lost: 0, late: 0, outages: [], beyondSettle: false },
    keyTroubles: [],
    editor: { everyMs: 0, intoTheWindow: 0, revert: 0, twin: 0 },
    observerEveryMs: 0,
    load: {
      definitions: 1,
      requests: 4,
      creates: 0.4,
      equalCreates: 0,
      expectations: 0,
      duplicates: 0,
      otherGroup: 0,
      wrongGroup: 0,
      followUps: 0,
      poison: 0,
      cancels: 0,
      retries: 0,
      lostMessages: 0,
      withinMs: 1_000,
    },
    looksAtTheEnd: false,
    redeliveries: 0,
    faultsUntil: START + QUIET_MS + 10 * MINUTE,
  };
}

function loadOf(chance: Chance, sometimes: (p: number, least: number, most: number) => number): LoadPlan {
  return {
    definitions: chance.between(1, 3),
    requests: chance.between(3, 10),
    creates: chance.pick([0, 0.2, 0.4, 0.9]),
    equalCreates: sometimes(0.5, 0.2, 0.9),
    expectations: sometimes(0.5, 0.1, 0.7),
    duplicates: sometimes(0.4, 0.05, 0.4),
    otherGroup: sometimes(0.5, 0.1, 1),
    wrongGroup: sometimes(0.3, 0.1, 0.8),
    followUps: sometimes(0.3, 0.2, 1),
    poison: sometimes(0.2, 0.05, 0.3),
    cancels: sometimes(0.2, 0.05, 0.3),
    retries: sometimes(0.4, 0.3, 1),
    lostMessages: sometimes(0.1, 0.05, 0.2),
    withinMs: chance.magnitude(50, 5 * MINUTE),
  };
}

function rateLimitOf(chance: Chance): Connection["rateLimit"] {
  return {
    requestsPerSecond: chance.pick([0.5, 2, 2, 10]),
    burst: chance.pick([1, 1, 5]),
    adaptive: chance.happens(0.7),
  };
}

function outageOf(chance: Chance): Outage {
  const from = START + QUIET_MS + chance.magnitude(1_000, 3 * MINUTE);
  const lasts = chance.magnitude(20_000, 6 * HOUR);
  const kind = chance.pick(["refused", "hangs", "unreachable", "answers-lost", "too-many"] as const);
  return { from, until: from + lasts, kind };
}

function keyTroubleOf(chance: Chance): KeyTrouble {
  const from = START + QUIET_MS + chance.magnitude(1_000, 3 * MINUTE);
  const kind = chance.pick(["revoked", "replaced", "read-only"] as const);
  return { from, until: from + chance.magnitude(20_000, 2 * HOUR), kind };
}

function switchesOf(chance: Chance): Partial<Switches> {
  return {
    put: chance.pick(["merge", "replace", "replace-strict"] as const),
    noOpPutBumpsTimestamp: chance.happens(0.5),
    unknownMembers: chance.pick(["ignored", "kept", "kept"] as const),
    serverDefaults: chance.happens(0.7),
    modelReplacements: chance.happens(0.3) ? { "gpt-4o": "gpt-4.1" } : {},
    // A list that is stale for as long as adjudication looks twice.
    listLagMs: chance.happens(0.3) ? chance.magnitude(500, SETTLE_MS / 2 - 2_000) : 0,
    listOrder: chance.pick(["oldest-first", "newest-first"] as const),
    answerForm: chance.pick(["as-stored", "as-stored", "sorted-members"] as const),
    deleteMissing: chance.pick([404, 204] as const),
    clockSkewMs: chance.happens(0.3) ? chance.between(-7_200_000, 7_200_000) : 0,
    timestampResolutionMs: chance.happens(0.2) ? 1_000 : 1,
  };
}
