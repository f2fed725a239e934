/** The provider behind a connection, ready to be called. */
import type { Connection } from "../platform/config.ts";
import type { Provider } from "./provider.ts";
import type { ProviderEndpoint } from "./provider-call.http.ts";
import { createRetellProvider } from "./retell/retell-provider.http.ts";

/** What a call needs besides the connection's own settings. */
export type ProviderDependencies = Omit<ProviderEndpoint, "baseUrl">;

const factories: Record<
  Connection["provider"],
  (parts: { readonly connection: Connection } & ProviderDependencies) => Provider
> = { retell: createRetellProvider };

export function providerFor(connection: Connection, dependencies: ProviderDependencies): Provider {
  return factories[connection.provider]({ connection, ...dependencies });
}
