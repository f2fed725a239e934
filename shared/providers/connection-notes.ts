/** What is wrong with a connection that its schema cannot tell, because only the provider's documents do. Pure. */
import { ConfigurationError, type Connection } from "../platform/config.ts";
import { dialectFor } from "./dialect-for-connection.ts";

/** @throws {ConfigurationError} naming every option that the connection's provider has no use for, and every such scope */
export function requireFittingOptions(connections: readonly Connection[]): void {
  const faults = connections
    .flatMap((connection) =>
      [...foreignOptions(connection), ...unlistableScopes(connection)].map((fault) => ({
        connection,
        fault,
      })),
    )
    .map(({ connection, fault }) => `  connection "${connection.id}", ${fault}`);
  if (faults.length > 0) throw new ConfigurationError(`The connections are not valid:\n${faults.join("\n")}`);
}

/** Options that one provider's adapter reads and no other's, and when they are set. */
const ownOptions: Readonly<
  Record<
    Connection["provider"],
    { readonly name: string; readonly isSet: Readonly<Record<string, (connection: Connection) => boolean>> }
  >
> = {
  retell: { name: "Retell", isSet: { sendIdInBody: ({ sendIdInBody }) => sendIdInBody } },
  tela: { name: "Tela", isSet: { sendAnswers: ({ sendAnswers }) => sendAnswers !== undefined } },
  synthflow: {
    name: "Synthflow",
    isSet: { timestampZone: ({ timestampZone }) => timestampZone !== undefined },
  },
};

/** They would be accepted and do nothing. */
function foreignOptions(connection: Connection): readonly string[] {
  return Object.entries(ownOptions)
    .filter(([provider]) => provider !== connection.provider)
    .flatMap(([, { name, isSet }]) =>
      Object.entries(isSet).flatMap(([option, isSetIn]) =>
        isSetIn(connection) ? [`${option}: only ${name}'s adapter has it`] : [],
      ),
    );
}

function unlistableScopes(connection: Connection): readonly string[] {
  const { scopeFault } = dialectFor(connection);
  return namedScopes(connection).flatMap(({ option, scope }) => {
    const fault = scopeFault(scope);
    return fault === undefined ? [] : [`${option}, "${scope}": ${fault}`];
  });
}

function namedScopes({ reconcile: { scopes, exceptions } }: Connection) {
  const listed = scopes === "discover" ? [] : scopes;
  return [
    ...listed.map((scope) => ({ option: "reconcile.scopes", scope })),
    ...exceptions.flatMap((one) =>
      "scope" in one ? [{ option: "reconcile.exceptions", scope: one.scope }] : [],
    ),
  ];
}

/** What speaks against base URLs, a sentence each: they work, or did, and a key must not go to a wrong host. */
export function baseUrlWarnings(connections: readonly Connection[]): readonly string[] {
  return connections.flatMap(({ id, provider, baseUrl }) => {
    const warning = baseUrlWarning[provider](new URL(baseUrl));
    return warning === undefined ? [] : [`connection "${id}": ${warning}`];
  });
}

const baseUrlWarning: Record<Connection["provider"], (url: URL) => string | undefined> = {
  retell: () => undefined,

  tela: ({ hostname }) =>
    hostname === "api.tela.ai"
      ? "api.tela.ai stands in some samples of Tela's documents only; their reference and Tela's own clients name https://api.tela.com"
      : undefined,

  synthflow({ hostname, pathname }) {
    if (hostname === "api.synthflow.ai") {
      return "Synthflow retires the global host api.synthflow.ai in the last quarter of 2026: use that of your workspace's cluster, https://api.us.synthflow.ai/v2 or https://api.eu.synthflow.ai/v2";
    }
    return hostname.endsWith(".synthflow.ai") && !/\/v2\/?$/.test(pathname)
      ? `the paths of Synthflow's API begin with /v2: https://${hostname}/v2`
      : undefined;
  },
};
