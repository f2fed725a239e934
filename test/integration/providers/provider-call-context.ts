/** What each test of a provider call needs; everything is closed after the test. */
import { inspect } from "node:util";
import { Agent, type Dispatcher } from "undici";
import { afterEach, expect } from "vitest";
import type { ProviderEndpoint } from "../../../shared/providers/provider-call.http.ts";
import type { ProviderCall } from "../../../shared/providers/provider-call.ts";
import { ProviderCallError } from "../../../shared/providers/provider-call-error.ts";
import { KEY, NOW } from "./key-and-time.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export function closing<T extends { close(): Promise<void> }>(server: T): T {
  cleanups.push(() => server.close());
  return server;
}

export function agent(options: Agent.Options = {}): Agent {
  const created = new Agent(options);
  cleanups.push(() => created.destroy());
  return created;
}

export function endpoint(baseUrl: string, dispatcher: Dispatcher = agent()): ProviderEndpoint {
  return { baseUrl, dispatcher, apiKey: async () => KEY, clock: { now: () => NOW } };
}

export const get: ProviderCall = { method: "GET", path: "/thing", timeoutMs: 10_000 };
export const put: ProviderCall = { method: "PUT", path: "/thing", body: '{"a":1}', timeoutMs: 10_000 };
/** For calls whose deadline must pass. */
export const hasty = { timeoutMs: 500 };

/** The typed error of a call that must fail, which shows the key nowhere. */
export async function failureOf(call: Promise<unknown>): Promise<ProviderCallError> {
  const error = await call.then(
    () => expect.unreachable("the call succeeded"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ProviderCallError)) throw error;
  expect(inspect(error, { depth: 10 })).not.toContain(KEY);
  return error;
}
