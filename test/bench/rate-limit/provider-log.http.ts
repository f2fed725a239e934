/** The calls that reached a simulated provider, as its own log tells them. */
import { readTrace, type SentTrace } from "./call-trace.ts";

/** Instants are epoch milliseconds. */
export type ProviderCall = SentTrace & {
  readonly method: string;
  /** On arrival, when the provider decides about its limit. */
  readonly at: number;
  readonly accepted: boolean;
};

type LoggedRequest = {
  readonly at: number;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly status?: number;
};

/** In order of arrival. @throws where a call was answered by anything but success or 429 */
export async function providerCalls(simulatorUrl: string): Promise<readonly ProviderCall[]> {
  const response = await fetch(`${simulatorUrl}/__simulator__/requests`);
  const requests = (await response.json()) as readonly LoggedRequest[];
  return requests.flatMap(({ at, method, headers, status }) => {
    const trace = readTrace(headers);
    if (trace === undefined) return [];
    // One whose worker was killed has no answer; a 429 is answered at once.
    if (status !== undefined && status >= 400 && status !== 429) throw new Error(`${method}: ${status}`);
    return [{ ...trace, method, at, accepted: status !== 429 }];
  });
}

export async function setSwitches(simulatorUrl: string, switches: object): Promise<void> {
  const response = await fetch(`${simulatorUrl}/__simulator__/switches`, {
    method: "POST",
    body: JSON.stringify(switches),
  });
  if (!response.ok) throw new Error(`the simulator refused switches: ${await response.text()}`);
}

export async function definitionIds(simulatorUrl: string): Promise<readonly string[]> {
  const response = await fetch(`${simulatorUrl}/__simulator__/state`);
  const state = (await response.json()) as {
    workspaces: readonly { definitions: readonly { test_case_definition_id: string }[] }[];
  };
  return state.workspaces.flatMap(({ definitions }) =>
    definitions.map(({ test_case_definition_id: id }) => id),
  );
}
