/** The API's resources of change requests, as an operator's command uses them. */
import * as z from "zod/mini";
import type { RequestKey } from "../../shared/change-request/record/request-record.ts";
import type { RequestState } from "./letter-plan.ts";
import { RedriveError } from "./redrive-error.ts";

export type RetryAnswer =
  | { readonly kind: "retried"; readonly epoch: number }
  /** `code` and `detail` are the API's; see its problems. */
  | { readonly kind: "refused"; readonly code: string; readonly detail: string };

export interface ChangeRequestApi {
  /** `undefined` where the connection has no such request. @throws {RedriveError} */
  find(key: RequestKey): Promise<RequestState | undefined>;
  /** @throws {RedriveError} where the API cannot be used at all */
  retry(key: RequestKey): Promise<RetryAnswer>;
}

const CALL_TIMEOUT_MS = 10_000;

const requestState = z.object({ status: z.string(), epoch: z.int() });
const problem = z.object({ code: z.string(), detail: z.string() });

export function createChangeRequestApi(apiUrl: string, token: string): ChangeRequestApi {
  const call = async (method: string, path: string): Promise<{ status: number; body: unknown }> => {
    try {
      const response = await fetch(`${apiUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
        // The token is for this host alone.
        redirect: "error",
      });
      return { status: response.status, body: await response.json() };
    } catch (error) {
      throw new RedriveError(`The API at ${apiUrl} does not answer as it should (${causeOf(error)})`);
    }
  };

  return {
    async find(key) {
      const { status, body } = await call("GET", pathOf(key, ""));
      if (status === 200) return requestState.parse(body);
      const { code, detail } = problemOf(status, body);
      if (code === "unknown-change-request") return undefined;
      throw new RedriveError(`The API answers ${status}: ${detail} (${code})`);
    },

    async retry(key) {
      const { status, body } = await call("POST", pathOf(key, "/retry"));
      if (status === 202) return { kind: "retried", epoch: requestState.parse(body).epoch };
      const { code, detail } = problemOf(status, body);
      if (status === 401 || status === 403) {
        throw new RedriveError(`The API refuses the token: ${detail} (${code})`);
      }
      return { kind: "refused", code, detail };
    },
  };
}

function pathOf({ connection, requestId }: RequestKey, action: string): string {
  // Always encoded, since ".." is a valid id and would lead elsewhere.
  const segment = `b64.${Buffer.from(requestId).toString("base64url")}`;
  return `/change-requests/${segment}${action}?connection=${encodeURIComponent(connection)}`;
}

function problemOf(status: number, body: unknown): z.infer<typeof problem> {
  const parsed = problem.safeParse(body);
  return parsed.success ? parsed.data : { code: "unknown-answer", detail: `status ${status}` };
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return "code" in cause ? String(cause.code) : cause.message;
}
