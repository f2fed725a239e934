/** Every status has one meaning, and no call is made twice. */
import { expect } from "vitest";
import { failureOf } from "../provider-call-context.ts";
import { type ConformanceCheck, callsOn, options, requestsOf } from "./check.ts";

/** Status, code, whether it could have happened. */
const refusals = [
  [300, "redirected", "none"],
  [304, "redirected", "none"],
  [400, "invalid-request", "none"],
  [401, "key-refused", "none"],
  [402, "key-refused", "none"],
  [403, "key-refused", "none"],
  [404, "not-found", "none"],
  [405, "invalid-request", "none"],
  [408, "server-error", "unknown"],
  [409, "conflict", "none"],
  [410, "not-found", "none"],
  [413, "invalid-request", "none"],
  [415, "invalid-request", "none"],
  [422, "invalid-request", "none"],
  [429, "rate-limited", "none"],
  [500, "server-error", "unknown"],
  [502, "server-error", "unknown"],
  [503, "server-error", "unknown"],
  [504, "server-error", "unknown"],
  [529, "server-error", "unknown"],
] as const;

const waits = [
  [{ "retry-after": "7" }, 7_000],
  [{ "retry-after-ms": "250", "retry-after": "7" }, 250],
  [{ "retry-after": "soon" }, undefined],
  [{}, undefined],
] as const;

export const refusalChecks: readonly ConformanceCheck[] = [
  ...refusals.map(
    ([status, code, effect]): ConformanceCheck => ({
      title: `takes a ${status} for ${code}, asking once`,
      async run(world) {
        const { account, provider } = world;
        const calls = await callsOn(world, account.createOutside("refused"));
        for (const { name, run } of calls) {
          for (const html of [false, true]) {
            account.addFault({ apply: "never", answer: { status, html } });
            const requests = await requestsOf(world, async () => {
              const error = await failureOf(run(provider, options));
              expect(error, name).toMatchObject({ code, effect, status, receipt: { status } });
            });
            expect(requests, name).toMatchObject([{ status, applied: false }]);
          }
        }
        expect(account.effects()).toHaveLength(1);
      },
    }),
  ),
  {
    title: "tells how long a rate limit asks to wait",
    async run(world) {
      const { account, provider } = world;
      const calls = await callsOn(world, account.createOutside("limited"));
      for (const { name, run } of calls) {
        for (const [headers, retryAfterMs] of waits) {
          account.addFault({ apply: "never", answer: { status: 429, headers: { ...headers } } });
          const error = await failureOf(run(provider, options));
          expect(error, name).toMatchObject({ code: "rate-limited", retryAfterMs });
        }
      }
    },
  },
  {
    title: "keeps the provider's words apart from its own message",
    async run(world) {
      const { account, provider } = world;
      const calls = await callsOn(world, account.createOutside("worded"));
      for (const { name, run } of calls) {
        account.addFault({ apply: "never", answer: { status: 400, message: "the prompt is too long" } });
        const error = await failureOf(run(provider, options));
        expect(error.providerMessage, name).toBe("the prompt is too long");
        expect(error.message).toBe("provider call failed: invalid-request (400)");
      }
    },
  },
];
