import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ConnectionHealth,
  connectionStates,
  pristineHealth,
  unhealthyMs,
} from "../../../shared/connection/connection-health.ts";
import {
  afterFault,
  afterSuccess,
  keyAccepted,
  keyRefused,
  pausedByOperator,
  probeTaken,
  resumedByOperator,
  writesRefused,
} from "../../../shared/connection/health-transitions.ts";
import { lookAgainMs } from "../../../shared/connection/probe-schedule.ts";

type Happening = (health: ConnectionHealth, now: number) => ConnectionHealth;

const id = fc.constantFrom("a", "b");
const bySystem: fc.Arbitrary<Happening> = fc.oneof(
  fc.constant<Happening>(afterFault),
  fc.constant<Happening>(afterSuccess),
  id.map(
    (requestId): Happening =>
      (health, now) =>
        afterSuccess(health, now, { requestId }),
  ),
  id.map(
    (version): Happening =>
      (health, now) =>
        keyRefused(health, now, version),
  ),
  id.map(
    (version): Happening =>
      (health, now) =>
        writesRefused(health, now, version),
  ),
  fc.constant<Happening>(keyAccepted),
  fc.option(id, { nil: undefined }).map(
    (version): Happening =>
      (health, now) =>
        probeTaken(health, now, version),
  ),
);
const byOperator: fc.Arbitrary<Happening> = fc.oneof(
  id.map(
    (reason): Happening =>
      (health, now) =>
        pausedByOperator(health, now, reason),
  ),
  fc.constant<Happening>(resumedByOperator),
);

const step = (happening: fc.Arbitrary<Happening>) =>
  fc.record({ happening, passedMs: fc.integer({ min: 0, max: 3_600_000 }) });
const any = step(fc.oneof({ weight: 6, arbitrary: bySystem }, { weight: 1, arbitrary: byOperator }));
const history = (steps: fc.Arbitrary<{ happening: Happening; passedMs: number }>) =>
  fc.array(steps, { maxLength: 60 });

/** Every health on the way, with its instant. */
function* lived(
  steps: readonly { readonly happening: Happening; readonly passedMs: number }[],
  start: ConnectionHealth = pristineHealth,
  startAt = 1_000_000,
): Generator<{ before: ConnectionHealth; health: ConnectionHealth; now: number }> {
  let health = start;
  let now = startAt;
  for (const { happening, passedMs } of steps) {
    now += passedMs;
    const before = health;
    health = happening(before, now);
    yield { before, health, now };
  }
}

describe("whatever happens to a connection", () => {
  it("its time of trouble never shrinks, and grows by what passes while it is not active", () => {
    fc.assert(
      fc.property(history(any), (steps) => {
        let last = { sum: 0, now: 1_000_000, isActive: true };
        for (const { health, now } of lived(steps)) {
          const sum = unhealthyMs(health, now);
          expect(sum).toBe(last.sum + (last.isActive ? 0 : now - last.now));
          last = { sum, now, isActive: health.state === "active" };
        }
      }),
    );
  });

  it("its state is a legal one: what an active one has not, and what each other one has", () => {
    fc.assert(
      fc.property(history(any), (steps) => {
        for (const { health, now } of lived(steps)) {
          expect(connectionStates).toContain(health.state);
          const { reason, since, pausedBy, nextProbeAt, probes, keyVersion } = health;
          const isProbed = health.state !== "active" && pausedBy !== "operator";
          expect(reason !== undefined).toBe(health.state !== "active");
          expect(since !== undefined).toBe(health.state !== "active");
          expect(nextProbeAt !== undefined).toBe(isProbed);
          expect(probes !== undefined).toBe(isProbed);
          if (health.state === "active" || pausedBy === "operator") expect(keyVersion).toBeUndefined();
          if (health.state === "degraded") expect(pausedBy).toBeUndefined();
          if (health.state === "writes-paused") expect(pausedBy).toBe("system");
          if (health.state === "paused") expect(["system", "operator"]).toContain(pausedBy);
          if (health.state === "active") expect(health.failuresInRow).toBeLessThan(3);
          const wait = lookAgainMs(health, now);
          expect(wait).toBeGreaterThanOrEqual(1_000);
          expect(wait).toBeLessThanOrEqual(900_000);
        }
      }),
    );
  });

  it("each write is the next revision, and nothing is written that changes nothing", () => {
    fc.assert(
      fc.property(history(any), (steps) => {
        for (const { before, health } of lived(steps)) {
          if (health === before) continue;
          expect(health.revision).toBe(before.revision + 1);
          expect({ ...health, revision: 0 }).not.toEqual({ ...before, revision: 0 });
        }
      }),
    );
  });

  it("an operator's pause is as it was until an operator resumes", () => {
    fc.assert(
      fc.property(history(any), history(step(bySystem)), (earlier, later) => {
        const last = [...lived(earlier)].at(-1);
        const now = last?.now ?? 1_000_000;
        const paused = pausedByOperator(last?.health ?? pristineHealth, now, "mine");
        const { state, reason, since, pausedBy } = paused;
        const end = [...lived(later, paused, now)].at(-1) ?? { health: paused, now };
        expect(end.health).toMatchObject({ state, reason, since, pausedBy });
        expect(resumedByOperator(end.health, end.now).state).toBe("active");
      }),
    );
  });

  it("the system replaces a state only by one that outranks it, or by active", () => {
    const rank = (health: ConnectionHealth) => connectionStates.indexOf(health.state);
    fc.assert(
      fc.property(history(step(bySystem)), (steps) => {
        for (const { before, health } of lived(steps)) {
          if (health.state !== "active") expect(rank(health)).toBeGreaterThanOrEqual(rank(before));
        }
      }),
    );
  });
});
