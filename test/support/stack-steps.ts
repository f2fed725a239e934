/** The steps of tests on a local stack with several accounts, each told with the account that it is about. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FaultInput } from "../../infra/local/simulators/fault.ts";
import type { LoggedRequest } from "../../infra/local/simulators/request-log.ts";
import type { JsonObject } from "../../shared/platform/json.ts";
import type { LocalStack } from "./local-stack.ts";
import type { Account } from "./stack-accounts.ts";
import { versionsOf } from "./stack-runs.ts";

type ConnectionView = {
  readonly id: string;
  readonly state: string;
  readonly reason?: string;
  readonly rate: { readonly pausedUntil?: string };
};

export function stackSteps(stack: () => LocalStack) {
  let requests = 0;
  const simulator = <Body>(account: Account, method: string, path: string, body?: unknown) =>
    stack().simulator<Body>(method, path, body, account.connection);
  const fault = (account: Account, input: FaultInput) => simulator(account, "POST", "faults", input);

  /** Somebody else makes a definition at the provider. */
  async function made(account: Account, name: string, members: JsonObject = {}): Promise<string> {
    const definition = { ...account.stored(name), ...members };
    const edits = { action: "create", definition };
    const { results } = await simulator<{ results: { definitionId: string }[] }>(
      account,
      "POST",
      "edits",
      edits,
    );
    return results[0]?.definitionId ?? "";
  }

  const changedOutside = (account: Account, edit: JsonObject) => simulator(account, "POST", "edits", edit);

  /** Into the connection's own queue; answers the request's id. */
  async function enqueue(account: Account, request: JsonObject): Promise<string> {
    const requestId = `three-${++requests}`;
    await stack().enqueue({ requestId, ...request }, { connection: account.connection });
    return requestId;
  }

  const rename = (account: Account, definitionId: string, name: string, more: JsonObject = {}) =>
    enqueue(account, { operation: "update", definitionId, patch: { [account.nameMember]: name }, ...more });

  const outcome = (account: Account, requestId: string) =>
    stack().outcome(requestId, 120_000, account.connection);

  async function atProvider(account: Account): Promise<readonly JsonObject[]> {
    const { workspaces } = await simulator<{ workspaces: { definitions: JsonObject[] }[] }>(
      account,
      "GET",
      "state",
    );
    return workspaces.flatMap(({ definitions }) => definitions);
  }

  async function stored(account: Account, definitionId: string): Promise<JsonObject | undefined> {
    return (await atProvider(account)).find((one) => one[account.idMember] === definitionId);
  }

  /** The writes to a definition that reached the provider. */
  async function writesTo(account: Account, definitionId: string): Promise<readonly LoggedRequest[]> {
    const written = await simulator<LoggedRequest[]>(
      account,
      "GET",
      `requests?method=${account.updateMethod}`,
    );
    return written.filter(({ path }) => path.endsWith(`/${definitionId}`));
  }

  const versions = (account: Account, definitionId: string) =>
    versionsOf(stack(), definitionId, account.connection);

  /** Why apply-change has put one of these requests back, a reason for each time. */
  function waits(requestIds: readonly string[]): unknown[] {
    const log = readFileSync(join(stack().description().logs, "apply-change.log"), "utf8");
    return log
      .split("\n")
      .filter((line) => line.includes("request-waits") && requestIds.some((id) => line.includes(`"${id}"`)))
      .map((line) => (JSON.parse(line.slice(line.indexOf("{"))) as { reason?: unknown }).reason);
  }

  async function view(account: Account): Promise<ConnectionView | undefined> {
    const { body } = await stack().api<{ items: ConnectionView[] }>("GET", "/connections");
    return body.items.find(({ id }) => id === account.connection);
  }

  /** Several edits at once, of as many definitions. */
  async function edits(account: Account, count: number): Promise<readonly string[]> {
    const ids = await Promise.all(
      Array.from({ length: count }, (_, index) => made(account, `Edit ${index}`)),
    );
    return await Promise.all(ids.map((definitionId) => rename(account, definitionId, "Not held up")));
  }

  return {
    simulator,
    fault,
    changedOutside,
    made,
    enqueue,
    rename,
    outcome,
    atProvider,
    stored,
    writesTo,
    versions,
    waits,
    view,
    edits,
  };
}
