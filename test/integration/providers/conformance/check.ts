/** One demand of the kit: it passes, or it throws what is wrong. */
import { performance } from "node:perf_hooks";
import type { Dispatcher } from "undici";
import type { LoggedRequest } from "../../../../infra/local/simulators/request-log.ts";
import { contentOf } from "../../../../shared/definition/document/content.ts";
import type { JsonObject } from "../../../../shared/platform/json.ts";
import type {
  CallOptions,
  ObservedDefinition,
  Provider,
  WrittenDefinition,
} from "../../../../shared/providers/provider.ts";
import { providerFor } from "../../../../shared/providers/provider-for-connection.http.ts";
import type { SimulatedAccount } from "./harness.ts";

export type ConformanceCheck = {
  readonly title: string;
  run(world: ConformanceWorld): Promise<void>;
};

export type ConformanceWorld = {
  readonly account: SimulatedAccount;
  /** The adapter under test. */
  readonly provider: Provider;
  /** The adapter with another key. */
  withKey(apiKey: string): Provider;
};

/** Makes an adapter wrong in one way; the kit has to notice. */
export type Plant = (provider: Provider, account: SimulatedAccount) => Provider;

export function worldOf(
  account: SimulatedAccount,
  dispatcher: Dispatcher,
  plant: Plant = (provider) => provider,
): ConformanceWorld {
  const withKey = (apiKey: string) =>
    plant(
      providerFor(account.connection, {
        dispatcher,
        apiKey: async () => apiKey,
        clock: { now: () => account.now() },
      }),
      account,
    );
  return { account, provider: withKey(account.apiKey), withKey };
}

/** Far more than an answer of the simulator takes. */
export const options: CallOptions = { timeoutMs: 20_000 };
/** For calls whose deadline must pass. */
export const hasty: CallOptions = { timeoutMs: 300 };
/** A hasty call is over by then, on a busy machine as well. */
const OVER_WITHIN_MS = 10_000;

export type NamedCall = {
  readonly name: string;
  readonly isWrite: boolean;
  /** Its answer is a definition. */
  readonly answersDefinition: boolean;
  run(provider: Provider, options: CallOptions): Promise<unknown>;
};

/** Every call of the port, on the definition `id`; the delete comes last. */
export async function callsOn(world: ConformanceWorld, id: string): Promise<readonly NamedCall[]> {
  const { account, provider } = world;
  const [scope] = account.scopes;
  const created = provider.dialect.createBody(account.definition("created"));
  const renamed = await bodyOfEdit(world, id, { [account.members.name]: "renamed" });
  const call = (
    name: string,
    run: NamedCall["run"],
    kind: Partial<Pick<NamedCall, "isWrite" | "answersDefinition">> = {},
  ): NamedCall => ({ name, run, isWrite: false, answersDefinition: false, ...kind });
  return [
    call("checkKey", (adapter, how) => adapter.checkKey(how)),
    call("listScopes", (adapter, how) => adapter.listScopes(undefined, how)),
    call("list", (adapter, how) => adapter.list(scope, undefined, how)),
    call("get", (adapter, how) => adapter.get(id, how), { answersDefinition: true }),
    call("create", (adapter, how) => adapter.create(created, how), {
      isWrite: true,
      answersDefinition: true,
    }),
    call("update", (adapter, how) => adapter.update(id, renamed, how), {
      isWrite: true,
      answersDefinition: true,
    }),
    call("delete", (adapter, how) => adapter.delete(id, how), { isWrite: true }),
  ];
}

/** The body that changes these members of a definition and nothing else. */
export async function bodyOfEdit(
  { provider }: ConformanceWorld,
  id: string,
  set: JsonObject,
): Promise<JsonObject> {
  const { value } = (await provider.get(id, options)).body;
  const base = contentOf(value, provider.dialect.bookkeeping);
  return provider.dialect.updateBody(id, base, { ...base, ...set }, value);
}

/** What arrives at the simulator while `action` runs. */
export async function requestsOf(
  { account }: ConformanceWorld,
  action: () => Promise<unknown>,
): Promise<readonly LoggedRequest[]> {
  const before = account.requests().length;
  await action();
  return account.requests().slice(before);
}

/** What a request is answered with, as its bytes; it is sent once more, with everything that it does. */
export async function rawAnswerTo(
  { account }: ConformanceWorld,
  { method, path, query, bodyText }: LoggedRequest,
): Promise<string> {
  const search = new URLSearchParams(query).toString();
  const response = await fetch(
    `${new URL(account.connection.baseUrl).origin}${path}${search && `?${search}`}`,
    {
      method,
      headers: { authorization: `Bearer ${account.apiKey}`, "content-type": "application/json" },
      ...(bodyText !== "" && { body: bodyText }),
    },
  );
  return await response.text();
}

export async function inTime<T>(call: Promise<T>): Promise<T> {
  const startedAt = performance.now();
  await call.catch(() => undefined);
  const tookMs = performance.now() - startedAt;
  if (tookMs > OVER_WITHIN_MS) throw new Error(`the call went on for ${Math.round(tookMs)} ms`);
  return await call;
}

/** What a write was answered with; read where the answer does not show it. */
export async function shown(provider: Provider, written: WrittenDefinition): Promise<ObservedDefinition> {
  return "value" in written ? written : (await provider.get(written.definitionId, options)).body;
}
