import { describe, expect, it } from "vitest";
import { ConfigurationError, parseConnections } from "../../../shared/platform/config.ts";
import { baseUrlWarnings, requireFittingOptions } from "../../../shared/providers/connection-notes.ts";

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
    expect(() => requireFittingOptions(connections(own))).not.toThrow();
    const discovered = parseConnections([{ id: "tela", provider: "tela", baseUrl: hosts.tela }]);
    expect(() => requireFittingOptions(discovered)).not.toThrow();
  });

  it("are all named where it does not, with what would be right", () => {
    const foreign = { retell: ["llm_1"], tela: ["prompt:p1", "workspace"], synthflow: ["prompt:p1"] };
    const check = () => requireFittingOptions(connections(foreign));
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
    const check = () => requireFittingOptions(parseConnections([retell]));
    expect(check).toThrow('"retell", reconcile.exceptions, "llm_1": Retell lists test cases per engine');
    expect(check).not.toThrow('"retell-llm:llm_1"');
  });
});

describe("options that one provider's adapter has", () => {
  const check = (provider: keyof typeof hosts, options: object) =>
    requireFittingOptions(parseConnections([{ id: "x", provider, baseUrl: hosts[provider], ...options }]));

  it.each([
    ["retell", { sendIdInBody: true }],
    ["tela", { sendAnswers: true }],
    ["synthflow", { timestampZone: "-05:00" }],
    // For all of them.
    ["tela", { sendUnknownFields: false, ignore: ["/a"] }],
    ["synthflow", { sendUnknownFields: false, ignore: ["/a"] }],
    // The default, written out.
    ["tela", { sendIdInBody: false }],
  ] as const)("fit %s: %o", (provider, options) => {
    expect(() => check(provider, options)).not.toThrow();
  });

  it("are all named where another provider's connection has them: they would do nothing", () => {
    const options = { sendIdInBody: true, sendAnswers: true, timestampZone: "-05:00" };
    const lines = {
      sendIdInBody: '  connection "x", sendIdInBody: only Retell\'s adapter has it',
      sendAnswers: '  connection "x", sendAnswers: only Tela\'s adapter has it',
      timestampZone: '  connection "x", timestampZone: only Synthflow\'s adapter has it',
    };
    const message = (...named: (keyof typeof lines)[]) =>
      ["The connections are not valid:", ...named.map((option) => lines[option])].join("\n");
    const refused = (provider: keyof typeof hosts) => expect(() => check(provider, options));
    refused("retell").toThrow(new ConfigurationError(message("sendAnswers", "timestampZone")));
    refused("tela").toThrow(new ConfigurationError(message("sendIdInBody", "timestampZone")));
    refused("synthflow").toThrow(new ConfigurationError(message("sendIdInBody", "sendAnswers")));
  });

  it("are named together with scopes that do not fit", () => {
    const both = () => check("retell", { sendAnswers: false, reconcile: { scopes: ["llm_1"] } });
    expect(both).toThrow("sendAnswers: only Tela's adapter has it");
    expect(both).toThrow('reconcile.scopes, "llm_1": Retell lists');
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
