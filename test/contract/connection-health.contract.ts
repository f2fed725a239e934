/** What every implementation of {@link ConnectionHealthStore} keeps to. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type ConnectionHealth, pristineHealth } from "../../shared/connection/connection-health.ts";
import { now, type StoresUnderTest } from "./stores-under-test.ts";

const paused: ConnectionHealth = {
  state: "paused",
  reason: "key-refused",
  since: now,
  pausedBy: "system",
  revision: 1,
  failuresInRow: 2,
  lastWrite: { requestId: "r", at: now - 1_000 },
  unhealthyMs: 60_000,
  nextProbeAt: now + 60_000,
  probes: 1,
  keyVersion: "version-1",
};

export function connectionHealthContract(stores: () => StoresUnderTest): void {
  describe("a connection's health", () => {
    it("is pristine where nothing was written down", async () => {
      expect(await stores().health.read(randomUUID())).toEqual(pristineHealth);
    });

    it("is what was last written, as a whole", async () => {
      const { health } = stores();
      const connection = randomUUID();
      expect(await health.write(connection, paused)).toBe(true);
      expect(await health.read(connection)).toEqual(paused);
      const active: ConnectionHealth = {
        state: "active",
        revision: 2,
        failuresInRow: 0,
        unhealthyMs: 90_000,
      };
      expect(await health.write(connection, active)).toBe(true);
      expect(await health.read(connection)).toEqual(active);
      expect(await health.read(randomUUID())).toEqual(pristineHealth);
    });

    it("is written only by who has seen the revision before", async () => {
      const { health } = stores();
      const connection = randomUUID();
      expect(await health.write(connection, { ...paused, revision: 2 })).toBe(false);
      expect(await health.read(connection)).toEqual(pristineHealth);
      await health.write(connection, paused);
      for (const revision of [0, 1, 3]) {
        expect(await health.write(connection, { ...pristineHealth, revision })).toBe(false);
      }
      expect(await health.read(connection)).toEqual(paused);
    });

    it("is written by one of many at the same time", async () => {
      const { health } = stores();
      const connection = randomUUID();
      for (const revision of [1, 2]) {
        const answers = await Promise.all(
          Array.from({ length: 8 }, (_, index) =>
            health.write(connection, { ...paused, revision, failuresInRow: index }),
          ),
        );
        expect(answers.filter((written) => written)).toHaveLength(1);
        expect(await health.read(connection)).toMatchObject({ failuresInRow: answers.indexOf(true) });
      }
    });
  });
}
