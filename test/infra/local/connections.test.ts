import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { apiKeyVariable, readRunConfiguration } from "../../../infra/local/connections.ts";
import { parseOptions } from "../../../infra/local/options.ts";

const retell = {
  id: "retell",
  provider: "retell",
  baseUrl: "https://api.retellai.com",
  rateLimit: { requestsPerSecond: 2, burst: 5 },
};

describe("the connections of a run", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "connections-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function file(name: string, content: unknown): string {
    const path = join(folder, name);
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  }
  const cdkFile = (): string => file("cdk.json", { context: { connections: [retell], "a:flag": true } });
  const read = (args: string) =>
    readRunConfiguration(cdkFile(), parseOptions(args.split(" ").filter(Boolean)));

  it("are those of cdk.json, with defaults, and its other context is kept apart", () => {
    const { connections, context } = read("--no-demo");
    expect(connections).toMatchObject([{ ...retell, settleSeconds: 60, callTimeoutSeconds: 10 }]);
    expect(context).toEqual({ "a:flag": true });
  });

  it("are of every provider where the demo is told, and of those that an option names where it is not", () => {
    const ids = (args: string) => read(args).connections.map(({ id }) => id);
    expect(ids("")).toEqual(["retell", "tela", "synthflow"]);
    expect(ids("--no-demo --rate synthflow=5")).toEqual(["retell", "synthflow"]);
    expect(ids("--connection-url retell=http://127.0.0.1:9")).toEqual(["retell"]);
    expect(read("--connection-url tela=http://127.0.0.1:9").connections).toMatchObject([
      { id: "retell", provider: "retell" },
      { id: "tela", provider: "tela", baseUrl: "http://127.0.0.1:9" },
    ]);
  });

  it("are those of another file alone where one is named", () => {
    const other = file("other.json", { connections: [{ ...retell, id: "second" }] });
    expect(read(`--config ${other}`).connections).toMatchObject([{ id: "second" }]);
  });

  it("take over the options, and keep what these do not name", () => {
    const { connections } = read(
      "--connection-url retell=http://127.0.0.1:9 --rate retell=50 --settle retell=0 --call-timeout retell=1.5",
    );
    expect(connections).toMatchObject([
      {
        baseUrl: "http://127.0.0.1:9",
        rateLimit: { requestsPerSecond: 50, burst: 5 },
        settleSeconds: 0,
        callTimeoutSeconds: 1.5,
      },
    ]);
  });

  it.each([
    ["--rate other=1", '--rate names the connection "other"; there is: retell, tela, synthflow'],
    ["--no-demo --rate other=1", '--rate names the connection "other"; there is: retell'],
    ["--connection-url other=http://x", '--connection-url names the connection "other"; there is: retell'],
    ["--settle other=1", '--settle names the connection "other"; there is: retell'],
    ["--call-timeout other=1", '--call-timeout names the connection "other"; there is: retell'],
    ["--rate retell=0", "with the options: The connections are not valid"],
    ["--connection-url retell=ftp://x", "with the options: The connections are not valid"],
  ])("are refused with an option that does not fit: %s", (args, message) => {
    expect(() => read(args)).toThrow(message);
  });

  it("are refused with the file's name where the file is not what it should be", () => {
    expect(() => read("--config /nowhere.json")).toThrow("/nowhere.json cannot be read (ENOENT)");
    expect(() => read(`--config ${file("a.json", "{")}`)).toThrow("a.json is not a JSON object");
    expect(() => read(`--config ${file("b.json", [retell])}`)).toThrow("b.json is not a JSON object");
    expect(() => read(`--config ${file("c.json", {})}`)).toThrow('c.json has no member "connections"');
    expect(() => read(`--config ${file("d.json", { connections: [] })}`)).toThrow(/d\.json: .*not valid/);
  });

  it("have their keys in a variable named after them", () => {
    expect(apiKeyVariable("retell")).toBe("RETELL_API_KEY");
    expect(apiKeyVariable("retell-eu-2")).toBe("RETELL_EU_2_API_KEY");
  });
});
