import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createMetrics, type EmbeddedMetrics } from "../../../shared/platform/metrics.emf.ts";

let metrics: EmbeddedMetrics;
let output = "";
beforeEach(() => {
  vi.stubEnv("POWERTOOLS_METRICS_NAMESPACE", "TestCaseSync");
  vi.stubEnv("POWERTOOLS_SERVICE_NAME", "apply-change");
  output = "";
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    output += chunk;
    return true;
  });
  metrics = createMetrics();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** What an invocation that does this prints, line by line. */
async function printed(work: () => void): Promise<unknown[]> {
  output = "";
  await metrics.publishedBy(async () => work())();
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

describe("the metrics of an invocation", () => {
  it("are one line, with the connection as the only dimension and nothing else in it", async () => {
    const before = Date.now();
    const lines = await printed(() => {
      metrics.count("RequestApplied", "retell");
      metrics.milliseconds("OverwriteWindow", "retell", 50.25);
    });
    expect(lines).toEqual([
      {
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: "TestCaseSync",
              Dimensions: [["connection"]],
              Metrics: [
                { Name: "RequestApplied", Unit: "Count" },
                { Name: "OverwriteWindow", Unit: "Milliseconds" },
              ],
            },
          ],
        },
        connection: "retell",
        RequestApplied: 1,
        OverwriteWindow: 50.25,
      },
    ]);
    const [line] = lines as { _aws: { Timestamp: number } }[];
    expect(line?._aws.Timestamp).toBeGreaterThanOrEqual(before);
    expect(line?._aws.Timestamp).toBeLessThanOrEqual(Date.now());
  });

  it("tell a rate per second", async () => {
    const lines = await printed(() => metrics.perSecond("ProviderRate", "retell", 2.5));
    expect(lines).toMatchObject([
      {
        _aws: { CloudWatchMetrics: [{ Metrics: [{ Name: "ProviderRate", Unit: "Count/Second" }] }] },
        ProviderRate: 2.5,
      },
    ]);
  });

  it("keep every value of a metric that came more than once", async () => {
    const lines = await printed(() => {
      metrics.count("RequestLost", "retell");
      metrics.count("RequestLost", "retell", 3);
    });
    expect(lines).toMatchObject([{ RequestLost: [1, 3] }]);
  });

  it("are a line for each connection", async () => {
    const lines = await printed(() => {
      metrics.count("RequestStuck", "retell");
      metrics.count("RequestStuck", "retell-eu");
    });
    expect(lines).toMatchObject([
      { connection: "retell", RequestStuck: 1 },
      { connection: "retell-eu", RequestStuck: 1 },
    ]);
  });

  it("are published when it throws, and its error is the one that comes out", async () => {
    const invocation = metrics.publishedBy(async () => {
      metrics.count("OutcomeUnknown", "retell");
      throw new Error("the store is unavailable");
    });
    await expect(invocation()).rejects.toThrow("the store is unavailable");
    expect(JSON.parse(output)).toMatchObject({ connection: "retell", OutcomeUnknown: 1 });
  });

  it("are not printed again by the next one, and an invocation without any prints nothing", async () => {
    await printed(() => metrics.count("RequestApplied", "retell"));
    expect(await printed(() => undefined)).toEqual([]);
    expect(await printed(() => metrics.count("RequestFailed", "retell"))).toEqual([
      expect.not.objectContaining({ RequestApplied: expect.anything() }),
    ]);
  });

  it("leave the handler's arguments and answer as they are", async () => {
    const add = metrics.publishedBy(async (left: number, right: number) => left + right);
    expect(await add(2, 3)).toBe(5);
  });
});
