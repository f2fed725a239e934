/** What goes wrong with one call of the provider. */
import type { FaultInput } from "../../../infra/local/simulators/fault.ts";
import type { ProviderCall } from "../../../shared/providers/provider-call.ts";
import type { Chance } from "./chance.ts";

/** Every call in this time meets the same trouble. */
export type Outage = {
  /** Epoch ms. */
  readonly from: number;
  readonly until: number;
  /** Of this definition only; default: of everything. */
  readonly definitionId?: string;
  readonly kind: "refused" | "hangs" | "unreachable" | "answers-lost" | "too-many" | "too-many-for-30-s";
};

export type ProviderFaultRates = {
  readonly read: number;
  readonly write: number;
  /** Of the write faults: took effect, takes effect later; the rest never does. */
  readonly lost: number;
  readonly late: number;
  readonly outages: readonly Outage[];
  /** Late effects may come after the settle time as well. */
  readonly beyondSettle: boolean;
};

export type ProviderTrouble =
  /** No connection: not a byte was sent. */
  | { readonly kind: "unreachable" }
  | {
      readonly kind: "fault";
      readonly fault: FaultInput;
      /** Nobody can tell from what comes back whether a write happened. */
      readonly losesAnswer: boolean;
    };

/** Long past every deadline. */
const TOO_LATE_MS = 120_000;

export class ProviderFaults {
  readonly #chance: Chance;
  readonly #rates: ProviderFaultRates;
  #isOver = false;

  constructor(chance: Chance, rates: ProviderFaultRates) {
    this.#chance = chance;
    this.#rates = rates;
  }

  stop(): void {
    this.#isOver = true;
  }

  /** `latestMs`: a late effect this much after now is still within the settle time. */
  next(call: ProviderCall, now: number, latestMs: number): ProviderTrouble | undefined {
    // Also an outage that was still to come, where everything was done before.
    if (this.#isOver) return undefined;
    const outage = this.#rates.outages.find(
      ({ from, until, definitionId = "" }) =>
        from <= now && now < until && (definitionId === "" || call.path.endsWith(`/${definitionId}`)),
    );
    if (outage !== undefined) return troubleOfOutage(outage);
    const isRead = call.method === "GET";
    if (!this.#chance.happens(isRead ? this.#rates.read : this.#rates.write)) return undefined;
    if (!isRead) return this.#writeTrouble(latestMs);
    if (this.#chance.happens(0.1)) return { kind: "unreachable" };
    return { kind: "fault", fault: this.#readFault(), losesAnswer: false };
  }

  #readFault(): FaultInput {
    return this.#chance.pick<FaultInput>([
      { answer: "reset" },
      { answer: "never" },
      { answer: "truncated-json" },
      { answer: "cut-body" },
      { answer: "stalled-body" },
      { answer: { status: 200, html: true } },
      { answer: { status: 502, html: true } },
      { answer: { status: 500 } },
      { answer: { status: 408 } },
      this.#tooMany(),
      { answerAfterMs: this.#chance.between(100, 9_500) },
      { answerAfterMs: TOO_LATE_MS },
    ]);
  }

  #writeTrouble(latestMs: number): ProviderTrouble {
    const kind = "fault";
    const roll = this.#chance.fraction();
    if (roll < this.#rates.lost) return { kind, fault: this.#lostAnswer(), losesAnswer: true };
    if (roll < this.#rates.lost + this.#rates.late) {
      const afterMs = this.#lateMs(this.#rates.beyondSettle ? 3 * latestMs : latestMs);
      return { kind, fault: { apply: { afterMs }, answer: this.#noAnswer() }, losesAnswer: true };
    }
    if (this.#chance.happens(0.2)) return { kind: "unreachable" };
    if (this.#chance.happens(0.5)) {
      return { kind, fault: { apply: "never", answer: this.#noAnswer() }, losesAnswer: true };
    }
    const fault = this.#chance.pick<FaultInput>([
      { apply: "never", answer: { status: 409 } },
      { ...this.#tooMany(), apply: "never" },
      { answerAfterMs: this.#chance.between(100, 9_500) },
    ]);
    return { kind, fault, losesAnswer: false };
  }

  /** Soon, or at any time until the last moment. */
  #lateMs(mostMs: number): number {
    const most = Math.max(11, mostMs);
    return this.#chance.happens(0.5) ? this.#chance.magnitude(10, most) : this.#chance.between(10, most);
  }

  /** Applied, but the client does not get to know it. */
  #lostAnswer(): FaultInput {
    return this.#chance.pick<FaultInput>([
      { answer: "reset" },
      { answer: "never" },
      { answer: "truncated-json" },
      { answer: "cut-body" },
      { answer: "stalled-body" },
      { answer: { status: 500 } },
      { answer: { status: 502, html: true } },
      { answer: { status: 200, html: true } },
      { answerAfterMs: TOO_LATE_MS },
    ]);
  }

  #noAnswer(): NonNullable<FaultInput["answer"]> {
    return this.#chance.pick<NonNullable<FaultInput["answer"]>>([
      "reset",
      "never",
      { status: 408 },
      { status: 500 },
      { status: 504, html: true },
      { status: 200, html: true },
    ]);
  }

  #tooMany(): FaultInput {
    const headers = this.#chance.pick<Record<string, string>>([
      {},
      { "retry-after": String(this.#chance.between(1, 90)) },
      { "retry-after-ms": "1500" },
      { "retry-after": "soon" },
    ]);
    return { apply: "never", answer: { status: 429, headers } };
  }
}

function troubleOfOutage({ kind }: Outage): ProviderTrouble {
  if (kind === "unreachable") return { kind };
  const losesAnswer = kind !== "too-many" && kind !== "too-many-for-30-s";
  return { kind: "fault", fault: outageFaults[kind], losesAnswer };
}

const outageFaults: Readonly<Record<Exclude<Outage["kind"], "unreachable">, FaultInput>> = {
  hangs: { apply: "never", answer: "never" },
  refused: { apply: "never", answer: { status: 503 } },
  "answers-lost": { answer: { status: 503 } },
  "too-many": { apply: "never", answer: { status: 429 } },
  "too-many-for-30-s": { apply: "never", answer: { status: 429, headers: { "retry-after": "30" } } },
};
