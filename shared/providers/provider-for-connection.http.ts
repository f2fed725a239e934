/** The provider behind a connection, ready to be called over HTTP. */
import type { Connection } from "../platform/config.ts";
import type { Provider } from "./provider.ts";
import { callProvider, type ProviderEndpoint } from "./provider-call.http.ts";
import type { ProviderTransport } from "./provider-call.ts";
import { createRetellProvider } from "./retell/retell-provider.ts";
import { createSynthflowProvider } from "./synthflow/synthflow-provider.ts";
import { createTelaProvider } from "./tela/tela-provider.ts";

/** What a call needs besides the connection's own settings. */
export type ProviderDependencies = Omit<ProviderEndpoint, "baseUrl">;

const factories: Record<
  Connection["provider"],
  (parts: { readonly connection: Connection; readonly call: ProviderTransport }) => Provider
> = { retell: createRetellProvider, tela: createTelaProvider, synthflow: createSynthflowProvider };

export function providerFor(connection: Connection, dependencies: ProviderDependencies): Provider {
  const endpoint: ProviderEndpoint = { baseUrl: connection.baseUrl, ...dependencies };
  return factories[connection.provider]({ connection, call: (call) => callProvider(endpoint, call) });
}
