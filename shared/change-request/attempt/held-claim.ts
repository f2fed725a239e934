/** The claim that an attempt holds: what was found under it, and the writes that are conditional on its token. */
import {
  type Claim,
  type ClaimAnswer,
  type ClaimTarget,
  type Intent,
  type SupersededIntent,
  withSuperseded,
} from "../../definition/mirror/claim.ts";
import type { Mirror } from "../../definition/mirror/mirror.ts";
import type { FoundOptions, MirrorStore, ReleaseOptions } from "../../definition/mirror/mirror-store.ts";
import type { Clock } from "../../platform/clock.ts";

type Taken = Extract<ClaimAnswer, { taken: true }>;

export class HeldClaim {
  readonly target: ClaimTarget;
  readonly token: string;
  /** Epoch ms at which the lease and the invocation end. */
  readonly leaseUntil: number;
  /** As it was when the claim was taken. */
  readonly mirror: Mirror | undefined;
  readonly #mirrors: MirrorStore;
  readonly #clock: Pick<Clock, "now">;
  #isSeenAlive = false;
  #attempts: number | undefined;
  #openIntent: Intent | undefined;
  #superseded: readonly SupersededIntent[];
  #isSupersededStored = true;

  constructor(
    { mirrors, clock }: { readonly mirrors: MirrorStore; readonly clock: Pick<Clock, "now"> },
    target: ClaimTarget,
    { token, leaseUntil }: Pick<Claim, "token" | "leaseUntil">,
    { mirror, openIntent, superseded }: Taken,
  ) {
    this.target = target;
    this.token = token;
    this.leaseUntil = leaseUntil;
    this.mirror = mirror;
    this.#mirrors = mirrors;
    this.#clock = clock;
    this.#openIntent = openIntent;
    this.#superseded = superseded;
  }

  /** How many attempts the request has had, once one was begun under this claim. */
  get attempts(): number | undefined {
    return this.#attempts;
  }

  hasBegun(attempts: number): void {
    this.#attempts = attempts;
  }

  /** Has a read under this claim shown the definition? */
  get isSeenAlive(): boolean {
    return this.#isSeenAlive;
  }

  noteAlive(definitionId: string): void {
    const { target } = this;
    if (target.kind === "definition" && target.definitionId === definitionId) this.#isSeenAlive = true;
  }

  /** A write of which it is not known yet whether it happened. */
  get openIntent(): Intent | undefined {
    return this.#openIntent;
  }

  /** Intents whose effect may still show up, without the open one. */
  get superseded(): readonly SupersededIntent[] {
    return this.#superseded;
  }

  /** Before a write is sent. `false`: the claim is lost, nothing may be sent. */
  async openAnIntent(intent: Intent): Promise<boolean> {
    this.#forgetAbsence();
    const list = this.#isSupersededStored ? undefined : this.#superseded;
    const written = await this.#mirrors.writeIntent(this.target, this.token, intent, list);
    if (written) {
      this.#openIntent = intent;
      this.#isSupersededStored = true;
    }
    return written;
  }

  /** Writes down what has become known of the open intent. Where the claim is lost, whoever has it finds out anew. */
  async note(
    found: Partial<Pick<Intent, "callEnded" | "answeredId" | "confirmed" | "absentAt">>,
  ): Promise<void> {
    if (this.#openIntent !== undefined) await this.openAnIntent({ ...this.#openIntent, ...found });
  }

  /** The write certainly did not happen: nothing of it has to be remembered. */
  async forgetIntent(): Promise<void> {
    this.#openIntent = undefined;
    await this.#mirrors.clearIntent(this.target, this.token);
  }

  /**
   * The open intent is not waited for any more, but remembered, should its effect show up late. It is stored with the
   * next intent or with the release.
   */
  supersede(intent: Intent): void {
    this.#superseded = withSuperseded(this.#superseded, intent, this.#clock.now());
    this.#openIntent = undefined;
    this.#isSupersededStored = false;
  }

  /**
   * A list has shown no trace of what this request's superseded creates may have made. That stands until something is
   * sent again, so that a delivery which the list has left no time for a call need not ask for another one.
   */
  noteAbsence(requestId: string, absentAt: number): void {
    this.#superseded = this.#superseded.map((one) =>
      one.requestId === requestId ? { ...one, absentAt } : one,
    );
    this.#isSupersededStored = false;
  }

  #forgetAbsence(): void {
    if (this.#superseded.every(({ absentAt }) => absentAt === undefined)) return;
    this.#superseded = this.#superseded.map(({ absentAt, ...one }) => one);
    this.#isSupersededStored = false;
  }

  /** A superseded intent whose effect was found is not looked for any more; the commit that records it stores this. */
  withoutSuperseded(found: SupersededIntent): readonly SupersededIntent[] {
    this.#superseded = withSuperseded(
      this.#superseded.filter((one) => one !== found),
      undefined,
      this.#clock.now(),
    );
    return this.#superseded;
  }

  /** `false`: the claim is lost. */
  async noteFound(found: FoundOptions): Promise<boolean> {
    return await this.#mirrors.noteFound(this.target, this.token, found);
  }

  async release(options: Omit<ReleaseOptions, "superseded">): Promise<void> {
    await this.#mirrors.releaseClaim(this.target, this.token, {
      ...options,
      ...(!this.#isSupersededStored && { superseded: this.#superseded }),
    });
  }
}
