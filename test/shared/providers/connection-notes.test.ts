import { describe, expect, it } from "vitest";
import { ConfigurationError, parseConnections } from "../../../shared/platform/config.ts";
import { baseUrlWarnings, requireListableScopes } from "../../../shared/providers/connection-notes.ts";

const hosts = {
  retell: "https://api.retellai.com",
  tela: "https://api.tela.com",
  synthflow: "https://api.us.synthflow.ai/v2",
};

const connections = (scopes: Readonly<Record<string, readonly string[]>>) =>
  parseConnections(
    Object.entries(scopes).map(([provider, list]) => ({
      id: provider,
      provider,
      baseUrl: hosts[provider as keyof typeof hosts],
      reconcile: { scopes: list },
    })),
  );

describe("scopes that shall be listed", () => {
  it("are valid where their provider lists them", () => {
    const own = {
      retell: ["retell-llm:llm_1", "conversation-flow:c"],
      tela: ["prompt:p1"],
      synthflow: ["workspace", "suite:s1"],
    };
    expect(() => requireListableScopes(connections(own))).not.toThrow();
    const discovered = parseConnections([{ id: "tela", provider: "tela", baseUrl: hosts.tela }]);
    expect(() => requireListableScopes(discovered)).not.toThrow();
  });

  it("are all named where it does not, with what would be right", () => {
    const foreign = { retell: ["llm_1"], tela: ["prompt:p1", "workspace"], synthflow: ["prompt:p1"] };
    const check = () => requireListableScopes(connections(foreign));
    expect(check).toThrow(ConfigurationError);
    for (const line of [
      '"retell", reconcile.scopes, "llm_1": Retell lists test cases per engine: retell-llm:<llm_id>',
      '"tela", reconcile.scopes, "workspace": Tela lists test cases per prompt (canvas): prompt:<promptId>',
      '"synthflow", reconcile.scopes, "prompt:p1": Synthflow\'s cases are in suites or in the workspace',
    ]) {
      expect(check).toThrow(line);
    }
    expect(check).not.toThrow('"prompt:p1": Tela');
  });

  it("are also those that have a policy of their own", () => {
    const exceptions = [
      { scope: "llm_1", policy: "heal" },
      { scope: "retell-llm:llm_1", policy: "heal" },
      { definitionId: "test_case_1", policy: "observe" },
    ];
    const retell = { id: "retell", provider: "retell", baseUrl: hosts.retell, reconcile: { exceptions } };
    const check = () => requireListableScopes(parseConnections([retell]));
    expect(check).toThrow('"retell", reconcile.exceptions, "llm_1": Retell lists test cases per engine');
    expect(check).not.toThrow('"retell-llm:llm_1"');
  });
});

describe("a base URL", () => {
  const warningsOf = (provider: string, baseUrl: string) =>
    baseUrlWarnings(parseConnections([{ id: "c", provider, baseUrl }]));

  it.each([
    ["retell", hosts.retell],
    ["tela", hosts.tela],
    ["synthflow", hosts.synthflow],
    ["synthflow", "https://api.eu.synthflow.ai/v2/"],
    ["synthflow", "http://127.0.0.1:9999"],
  ])("of %s as its documents name it needs no word: %s", (provider, baseUrl) => {
    expect(warningsOf(provider, baseUrl)).toEqual([]);
  });

  it.each([
    ["tela", "https://api.tela.ai", "https://api.tela.com"],
    ["synthflow", "https://api.synthflow.ai/v2", "https://api.eu.synthflow.ai/v2"],
    ["synthflow", "https://api.us.synthflow.ai", "https://api.us.synthflow.ai/v2"],
  ])("of %s is warned of: %s", (provider, baseUrl, right) => {
    expect(warningsOf(provider, baseUrl)).toEqual([expect.stringContaining(right)]);
  });
});
