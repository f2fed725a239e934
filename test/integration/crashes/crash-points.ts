/** The points at which workers are killed: which call is on its way, how far it has come, and what follows from that. */
import type { HeldPart, ProxiedCall } from "../../support/holding-proxy.ts";

/** The API stores a request's record; of one that was sent straight to the queue there is none before its attempt. */
export const submissions = [
  { name: "an update from the API", operation: "update", viaApi: true },
  { name: "a create from the queue", operation: "create", viaApi: false },
  { name: "a delete from the queue", operation: "delete", viaApi: false },
] as const;

export type Submission = (typeof submissions)[number];

export type Death = {
  /** Which server the call goes to. */
  readonly to: "tables" | "provider";
  /** Before the server has seen the request, or when it has dealt with it and its answer is under way. */
  readonly held: HeldPart;
  readonly call: (call: ProxiedCall) => boolean;
  /**
   * A held request reaches its server all the same: so many milliseconds after the death, or when the request has its
   * outcome. Default: never.
   */
  readonly arrives?: number | "after the decision";
};

export type CrashCase = {
  /** Reads on from "the death". */
  readonly when: string;
  /** One worker after the other. */
  readonly deaths: readonly Death[];
  /** Only of these operations; default: of all. */
  readonly of?: readonly Submission["operation"][];
  /** The connection's, where it is not that of every case. */
  readonly settleSeconds?: number;
  /** As the request's record shows them in the end. */
  readonly attempts: number;
  /** `adopted`: the write of a dead worker had happened, and was found. */
  readonly source: "change_request" | "adopted";
};

const beforeClaim: Death = { to: "tables", held: "request", call: isClaim };
const afterClaim: Death = { to: "tables", held: "answer", call: isClaim };
const duringRead: Death = { to: "provider", held: "answer", call: isRead };
const beforePreImage: Death = { to: "tables", held: "request", call: isPreImage };
const afterPreImage: Death = { to: "tables", held: "answer", call: isPreImage };
const beforeAttempt: Death = { to: "tables", held: "request", call: isAttempt };
const beforeIntent: Death = { to: "tables", held: "request", call: isIntent };
const afterIntent: Death = { to: "tables", held: "answer", call: isIntent };
const beforeWrite: Death = { to: "provider", held: "request", call: isWrite };
const afterWrite: Death = { to: "provider", held: "answer", call: isWrite };
const beforeCommit: Death = { to: "tables", held: "request", call: isCommit };
const afterCommit: Death = { to: "tables", held: "answer", call: isCommit };

/** Nothing was begun, or all was done. */
const asIfAlive = { source: "change_request", attempts: 1 } as const;
const begunAnew = { source: "change_request", attempts: 2 } as const;
const found = { source: "adopted", attempts: 1 } as const;

export const crashCases: readonly CrashCase[] = [
  { when: "before its claim is taken", deaths: [beforeClaim], ...asIfAlive },
  { when: "after its claim was taken", deaths: [afterClaim], ...begunAnew },
  { when: "while it reads the live definition", deaths: [duringRead], of: ["update"], ...begunAnew },
  { when: "before the pre-image is recorded", deaths: [beforePreImage], of: ["update"], ...begunAnew },
  { when: "after the pre-image was recorded", deaths: [afterPreImage], of: ["update"], ...begunAnew },
  { when: "before the attempt is counted", deaths: [beforeAttempt], ...begunAnew },
  // The attempt was counted, and once more as a crash that has left no intent.
  { when: "before the intent is written", deaths: [beforeIntent], source: "change_request", attempts: 3 },
  { when: "after the intent was written", deaths: [afterIntent], ...begunAnew },
  { when: "during its write, which never arrives", deaths: [beforeWrite], ...begunAnew },
  {
    when: "during its write, which arrives while its lease runs",
    deaths: [{ ...beforeWrite, arrives: 3_000 }],
    ...found,
  },
  {
    when: "during its write, which arrives after its lease and within the settle time",
    // The lease ends at most 9 s after the death, and the settle time some seconds after this.
    deaths: [{ ...beforeWrite, arrives: 10_500 }],
    settleSeconds: 5,
    ...found,
  },
  { when: "when its write has happened and is not answered yet", deaths: [afterWrite], ...found },
  { when: "after the answer, before the commit arrives", deaths: [beforeCommit], ...found },
  {
    when: "during its commit, which arrives while its lease runs",
    deaths: [{ ...beforeCommit, arrives: 3_000 }],
    ...asIfAlive,
  },
  {
    when: "during its commit, which arrives when another one has decided",
    deaths: [{ ...beforeCommit, arrives: "after the decision" }],
    ...found,
  },
  { when: "after the commit, before it knows", deaths: [afterCommit], ...asIfAlive },

  {
    when: "when its write has happened, and the next one's before it records that",
    deaths: [afterWrite, beforeCommit],
    source: "adopted",
    attempts: 2,
  },
  {
    when: "when its write has happened, and the next one's when it has recorded that",
    deaths: [afterWrite, afterCommit],
    ...found,
  },
  {
    when: "during its write, which never arrives, and the next one's when its write has happened",
    deaths: [beforeWrite, afterWrite],
    source: "adopted",
    attempts: 2,
  },
];

function operationOf({ headers }: ProxiedCall): string {
  return String(headers["x-amz-target"]).replace("DynamoDB_20120810.", "");
}

function isClaim(call: ProxiedCall): boolean {
  return operationOf(call) === "UpdateItem" && call.body.includes("claimLeaseUntil = :");
}

/** Also makes the record where there is none yet. */
function isAttempt(call: ProxiedCall): boolean {
  return ["PutItem", "UpdateItem"].includes(operationOf(call)) && call.body.includes("firstAttemptAt");
}

function isIntent(call: ProxiedCall): boolean {
  return operationOf(call) === "UpdateItem" && call.body.includes("#claimIntent = :");
}

/** Version, mirror and outcome. */
function isCommit(call: ProxiedCall): boolean {
  return operationOf(call) === "TransactWriteItems" && call.body.includes(":finishedAt");
}

/** What was observed is recorded without an outcome. */
function isPreImage(call: ProxiedCall): boolean {
  return operationOf(call) === "TransactWriteItems" && !call.body.includes(":finishedAt");
}

function isRead({ method, target }: ProxiedCall): boolean {
  return method === "GET" && target.startsWith("/get-test-case-definition/");
}

function isWrite({ method }: ProxiedCall): boolean {
  return method === "POST" || method === "PUT" || method === "DELETE";
}
