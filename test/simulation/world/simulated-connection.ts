/** The connection that every run uses. */
import { type Connection, parseConnections } from "../../../shared/platform/config.ts";
import { retellDialect } from "../../../shared/providers/retell/retell-dialect.ts";
import { CALL_TIMEOUT_MS, type Scenario, SETTLE_MS } from "./scenario.ts";

export const CONNECTION = parseConnections([
  {
    id: "retell",
    provider: "retell",
    baseUrl: "https://retell.invalid",
    callTimeoutSeconds: CALL_TIMEOUT_MS / 1_000,
    settleSeconds: SETTLE_MS / 1_000,
  },
])[0] as Connection;

/** With what the scenario chooses. */
export function connectionOf({ rateLimit, scans }: Scenario): Connection {
  return { ...CONNECTION, rateLimit, reconcile: { ...CONNECTION.reconcile, ...scans?.reconcile } };
}

export const DIALECT = retellDialect(CONNECTION);

/** The request of a message's body, however broken it is. */
export function requestIdIn(body: string): string {
  return /"requestId":"([^"]+)"/.exec(body)?.[1] ?? "";
}
